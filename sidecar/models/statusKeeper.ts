import { usualRule } from '../protocol/imageTokens.ts';
import type { ModelStatus, UnfinishedDownload } from '../protocol/models.ts';
import { t } from '../protocol/translate.ts';
import type { Capabilities, ModelEvent, UsageEvent } from './backend.ts';
import { quantisationOf } from './catalog/ggufNames.ts';
import { type Choice, shortName, titleOf } from './modelChoice.ts';
import { stateOf, throttleStatus } from './modelStatus.ts';
import { hostOf } from './openServer.ts';

/** What the window is told of the model in use, kept in step with what its backend says. */
export interface StatusKeeper {
  current(): ModelStatus;
  setState(state: ModelStatus['state']): void;
  /** Another model is in use. */
  reset(): void;
  /** Nothing is in memory any more. */
  unloaded(): void;
  /** The model is ready and says what it can do; `path` is its file. */
  loaded(capabilities: Capabilities, path: string | undefined): void;
  /** Another than the chosen model answers, or that one again; `notice` says why, null: nothing to say. */
  answers(choice: Choice, notice: string | null): void;
  /** Passes an answer through. While another runs, the end of one does not make the model ready. */
  answer(stream: AsyncIterable<ModelEvent>): AsyncGenerator<ModelEvent, void>;
  /** Passes a stream through that answers nothing: the model is made ready. */
  watched(stream: AsyncIterable<ModelEvent>): AsyncIterable<ModelEvent>;
  /** Says it again: the downloads have changed. */
  send(): void;
}

type Detail = NonNullable<ModelStatus['detail']>;

interface Deps {
  choice(): Choice;
  downloads(): UnfinishedDownload[] | undefined;
  onStatus(status: ModelStatus): void;
}

export function createStatusKeeper({ choice, downloads, onStatus }: Deps): StatusKeeper {
  const session = { read: 0, reused: 0, written: 0 };
  let rate = 0;
  /** Answers that run now, of whichever session. */
  let answers = 0;
  let current = idle();
  const throttled = throttleStatus(onStatus);

  function idle(): ModelStatus {
    const of = choice();
    const kind = of.kind === 'server' ? 'server' : 'local';
    return { name: shortName(of), kind, state: { state: of.kind === 'server' ? 'ready' : 'off' } };
  }

  function send(): void {
    const unfinished = downloads();
    throttled({ ...current, ...(unfinished ? { downloads: unfinished } : {}) });
  }

  function setState(state: ModelStatus['state']): void {
    current = { ...current, state };
    send();
  }

  const isWritingAt = (rate: number) => current.state.state === 'writing' && current.state.tokensPerSecond === rate;

  function detail(): Detail {
    const of = choice();
    return current.detail ?? { title: titleOf(of), network: networkOf(of) };
  }

  function noteUsage({ promptTokens, reusedTokens, outputTokens, tokensPerSecond }: UsageEvent): void {
    rate = tokensPerSecond;
    session.read += Math.max(0, promptTokens - reusedTokens);
    session.reused += reusedTokens;
    session.written += outputTokens;
    const contextUsed = promptTokens + outputTokens;
    current = { ...current, detail: { ...detail(), contextUsed, decodeRate: rate, session: { ...session } } };
  }

  /** Takes in what one event says; `others`: answers that run beside what says it. */
  function note(event: ModelEvent, others: number): void {
    if (event.type === 'usage') noteUsage(event);
    if (event.type === 'loadNotice') {
      const { notices = [] } = current;
      const known = notices.some(({ sentence }) => sentence === event.notice.sentence);
      if (!known) current = { ...current, notices: [...notices, event.notice] };
    }
    const state = stateOf(event, rate);
    if (state?.state === 'ready' && others > 0) return;
    // One piece of an answer after another changes nothing.
    if (state && !(state.state === 'writing' && isWritingAt(state.tokensPerSecond))) setState(state);
  }

  return {
    current: () => current,
    setState,
    send,
    reset() {
      current = idle();
      send();
    },
    unloaded() {
      const { state } = idle();
      const { notices: _notices, detail: of, ...rest } = current;
      const { memory: _memory, device: _device, contextUsed: _used, ...kept } = of ?? detail();
      current = { ...rest, detail: kept, state };
      send();
    },
    loaded(capabilities, path) {
      const { contextSize, decodeRate, prefillRate, device, memory, images, imageRule = usualRule } = capabilities;
      const quantisation = quantisationOf(path ?? '');
      current = {
        ...current,
        detail: {
          ...detail(),
          images: images ? imageRule : null,
          ...(contextSize === null ? {} : { contextSize }),
          ...(decodeRate === null ? {} : { decodeRate }),
          ...(prefillRate === null ? {} : { prefillRate }),
          ...(device === undefined ? {} : { device }),
          ...(memory === undefined ? {} : { memory }),
          ...(quantisation === '' ? {} : { quantisation }),
        },
      };
      if (answers === 0) setState({ state: 'ready' });
      else send();
    },
    answers(of, notice) {
      const { notice: _before, ...rest } = detail();
      const shown = { ...rest, title: titleOf(of), network: networkOf(of) };
      current = {
        ...current,
        name: shortName(of),
        kind: of.kind === 'server' ? 'server' : 'local',
        detail: notice === null ? shown : { ...shown, notice },
      };
      send();
    },
    async *answer(stream) {
      answers++;
      try {
        for await (const event of stream) {
          note(event, answers - 1);
          yield event;
        }
      } finally {
        answers--;
      }
    },
    async *watched(stream) {
      for await (const event of stream) {
        note(event, answers);
        yield event;
      }
    },
  };
}

const networkOf = (choice: Choice) =>
  choice.kind === 'server' ? t('connected to {host}', { host: hostOf(choice.server.url) }) : 'off';
