import type { TurnProgress } from '../../sidecar/protocol/progress.ts';

interface Sink {
  text(text: string): void;
  progress(progress: TurnProgress): void;
}

/** Milliseconds between two messages: about 30 texts and 4 progress lines a second. */
const textEvery = 33;
const progressEvery = 250;

/** Joins what a model writes into fewer messages. The first of each kind goes out at once. */
export interface PieceStream {
  text(text: string): void;
  progress(progress: TurnProgress): void;
  /** Says what is still waiting, and nothing more after it. */
  end(): void;
}

export function createPieceStream(sink: Sink): PieceStream {
  let text = '';
  const texts = throttle(textEvery, () => {
    const joined = text;
    text = '';
    if (joined !== '') sink.text(joined);
  });
  let latest: TurnProgress | undefined;
  const progresses = throttle(progressEvery, () => {
    const progress = latest;
    latest = undefined;
    if (progress) sink.progress(progress);
  });
  return {
    text(piece) {
      text += piece;
      texts.request();
    },
    progress(progress) {
      latest = progress;
      progresses.request();
    },
    end() {
      progresses.end();
      texts.end();
    },
  };
}

function throttle(everyMs: number, run: () => void): { request(): void; end(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = false;
  const fire = () => {
    timer = undefined;
    if (!asked) return;
    asked = false;
    timer = setTimeout(fire, everyMs);
    run();
  };
  return {
    request() {
      asked = true;
      if (timer === undefined) fire();
    },
    end() {
      clearTimeout(timer);
      timer = undefined;
      if (asked) run();
      asked = false;
    },
  };
}
