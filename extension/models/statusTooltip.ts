import type { ModelStatus, UnfinishedDownload } from '../../sidecar/protocol/models.ts';
import { compact, fileSize, full, memory, percent, rate } from '../../sidecar/protocol/numbers.ts';
import { listed, plural, t } from '../../sidecar/protocol/translate.ts';
import { aheadText } from './statusText.ts';

/** Commands that a link of the tooltip may run; nothing else is trusted. */
export const tooltipCommands = [
  'devstral.openChat',
  'devstral.switchModel',
  'devstral.unloadModel',
  'devstral.showLog',
  'devstral.showHardware',
  'devstral.retryGpu',
  'devstral.resumeDownload',
  'devstral.pauseDownload',
];

/** The status bar's tooltip in Markdown (ui.md 5): what is in use, on what, how fast, and what can be done. Pure. */
export function tooltipText(status: ModelStatus, language: string): string {
  const { detail, notices = [], downloads = [] } = status;
  const title = [`**${escaped(detail?.title ?? status.name)}**`, escaped(detail?.quantisation ?? '')];
  const head = `${title.filter((part) => part !== '').join(' ')}, ${escaped(stateText(status, language))}`;
  const rows = rowsOf(status, language).map(([name, value]) => escaped(t('{name}: {value}', { name, value })));
  const parts = [
    head,
    // Lines and no table: Markdown's has a row of headings, which would stand empty under the title.
    rows.join('  \n'),
    // Another one than the chosen answers.
    ...(detail?.notice === undefined ? [] : [`$(info) ${escaped(detail.notice)}`]),
    ...notices.map(({ code, title: what, sentence }) => {
      const retry = code === 'gpuFailed' ? ` ${link(t('Try GPU Again'), 'devstral.retryGpu')}` : '';
      return `$(info) ${escaped(`${what}. ${sentence}`)}${retry}`;
    }),
    ...downloads.map((download) => downloadText(download, language)),
    [
      link(t('Open Chat'), 'devstral.openChat'),
      link(t('Switch Model'), 'devstral.switchModel'),
      ...(status.kind === 'local' ? [link(t('Unload'), 'devstral.unloadModel')] : []),
      link(t('Show Log'), 'devstral.showLog'),
    ].join(' | '),
  ];
  return parts.join('\n\n');
}

function stateText({ state }: ModelStatus, language: string): string {
  switch (state.state) {
    case 'none':
      return t('no model yet');
    case 'off':
      return t('not loaded');
    case 'downloading':
      return t('downloading {share}', { share: percent(state.fraction, language) });
    case 'loading':
      return t('loading {share}', { share: percent(state.fraction, language) });
    case 'reading':
      return t('reading {share}', { share: percent(state.fraction, language) });
    case 'queued':
      return listed([t('waiting'), aheadText(state.ahead ?? 1)]);
    case 'failed':
      return state.problem.sentence;
    case 'lost':
      return t('no connection');
    case 'writing':
      return t('writing');
    case 'ready':
      return t('ready');
  }
}

function rowsOf(status: ModelStatus, language: string): [string, string][] {
  const { detail } = status;
  const rows: [string, string][] = [];
  if (detail?.device) rows.push([t('Device'), detail.device]);
  if (detail?.memory) {
    const { gpu, gpuTotal, ram, unchecked } = detail.memory;
    const onGpu = gpu > 0 ? [t('GPU {memory}', { memory: memory(gpu, language, gpuTotal) })] : [];
    rows.push([t('Memory'), listed([...onGpu, t('RAM {memory}', { memory: memory(ram, language) }), unchecked])]);
  }
  if (detail?.contextSize) {
    const { contextUsed: used, contextSize: size } = detail;
    const text =
      used === undefined
        ? plural(size, { one: '{count} token', other: '{count} tokens' })
        : plural(
            size,
            { one: '{used} of {count} token', other: '{used} of {count} tokens' },
            { used: full(used, language) },
          );
    rows.push([t('Context'), text]);
  }
  const speeds = [
    ...(detail?.decodeRate ? [t('writes {rate}', { rate: rate(detail.decodeRate, language) })] : []),
    ...(detail?.prefillRate ? [t('reads {rate}', { rate: rate(detail.prefillRate, language) })] : []),
  ];
  if (speeds.length > 0) rows.push([t('Speed'), listed(speeds)]);
  if (detail?.session) {
    const { read, reused, written } = detail.session;
    const counts = listed([
      t('{tokens} read', { tokens: compact(read, language) }),
      reused > 0 ? t('{tokens} reused', { tokens: compact(reused, language) }) : '',
      t('{tokens} written', { tokens: compact(written, language) }),
    ]);
    rows.push([t('Tokens'), t('{counts} in this window', { counts })]);
  }
  rows.push([t('Network'), networkText(status)]);
  return rows;
}

function networkText({ kind, state, detail, downloads = [] }: ModelStatus): string {
  if (kind === 'server') return (state.state === 'lost' ? undefined : detail?.network) ?? t('not connected');
  return downloads.some(({ runs }) => runs !== 'no') ? t('only for the download') : t('off');
}

function downloadText({ id, name, received, total, bytesPerSecond, runs }: UnfinishedDownload, language: string) {
  const [here, all] = [fileSize(received, language), fileSize(total, language)];
  const sizes = total > 0 ? t('{done} of {total}', { done: here, total: all }) : here;
  const speed = runs !== 'no' && bytesPerSecond > 0 ? t('{size}/s', { size: fileSize(bytesPerSecond, language) }) : '';
  const texts = {
    here: () => t('{name}: downloading, {sizes}', { name, sizes }),
    elsewhere: () => t('{name}: downloading in another window, {sizes}', { name, sizes }),
    no: () => t('{name}: {sizes} are here', { name, sizes }),
  };
  const text = escaped(listed([texts[runs](), speed]));
  if (runs === 'elsewhere') return `$(cloud-download) ${text}`;
  if (runs === 'here') return `$(cloud-download) ${text} ${link(t('Pause'), 'devstral.pauseDownload', id)}`;
  return `$(debug-pause) ${text} ${link(t('Resume'), 'devstral.resumeDownload', id)}`;
}

const link = (label: string, command: string, ...args: string[]) =>
  `[${label}](command:${command}${args.length > 0 ? `?${encodeURIComponent(JSON.stringify(args))}` : ''})`;

const escaped = (text: string) => text.replace(/[\\`*_{}[\]()#+\-!|<>~$]/g, '\\$&').replace(/\s+/g, ' ');
