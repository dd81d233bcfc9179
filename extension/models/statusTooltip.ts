import type { ModelStatus, UnfinishedDownload } from '../../sidecar/protocol/models.ts';
import { compact, fileSize, full, memory, percent, rate } from '../../sidecar/protocol/numbers.ts';
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
  const rows = rowsOf(status, language).map(([name, value]) => `| ${name} | ${escaped(value)} |`);
  const parts = [
    head,
    `| | |\n|:---|:---|\n${rows.join('\n')}`,
    // Another one than the chosen answers.
    ...(detail?.notice === undefined ? [] : [`$(info) ${escaped(detail.notice)}`]),
    ...notices.map(({ code, title: what, sentence }) => {
      const retry = code === 'gpuFailed' ? ` ${link('Try GPU Again', 'devstral.retryGpu')}` : '';
      return `$(info) ${escaped(`${what}. ${sentence}`)}${retry}`;
    }),
    ...downloads.map((download) => downloadText(download, language)),
    [
      link('Open Chat', 'devstral.openChat'),
      link('Switch Model', 'devstral.switchModel'),
      ...(status.kind === 'local' ? [link('Unload', 'devstral.unloadModel')] : []),
      link('Show Log', 'devstral.showLog'),
    ].join(' | '),
  ];
  return parts.join('\n\n');
}

function stateText({ state }: ModelStatus, language: string): string {
  switch (state.state) {
    case 'none':
      return 'no model yet';
    case 'off':
      return 'not loaded';
    case 'downloading':
    case 'loading':
    case 'reading':
      return `${state.state} ${percent(state.fraction, language)}`;
    case 'queued':
      return `waiting, ${aheadText(state.ahead ?? 1, language)}`;
    case 'failed':
      return state.problem.sentence;
    case 'lost':
      return 'no connection';
    default:
      return state.state;
  }
}

function rowsOf(status: ModelStatus, language: string): [string, string][] {
  const { detail } = status;
  const rows: [string, string][] = [];
  if (detail?.device) rows.push(['Device', detail.device]);
  if (detail?.memory) {
    const { gpu, gpuTotal, ram } = detail.memory;
    const onGpu = gpu > 0 ? [`GPU ${memory(gpu, language, gpuTotal)}`] : [];
    rows.push(['Memory', [...onGpu, `RAM ${memory(ram, language)}`].join(', ')]);
  }
  if (detail?.contextSize) {
    const used = detail.contextUsed === undefined ? '' : `${full(detail.contextUsed, language)} of `;
    rows.push(['Context', `${used}${full(detail.contextSize, language)} tokens`]);
  }
  const speeds = [
    ...(detail?.decodeRate ? [`writes ${rate(detail.decodeRate, language)}`] : []),
    ...(detail?.prefillRate ? [`reads ${rate(detail.prefillRate, language)}`] : []),
  ];
  if (speeds.length > 0) rows.push(['Speed', speeds.join(', ')]);
  if (detail?.session) {
    const { read, reused, written } = detail.session;
    const counts = [`${compact(read, language)} read`, `${compact(written, language)} written`];
    if (reused > 0) counts.splice(1, 0, `${compact(reused, language)} reused`);
    rows.push(['Tokens', `${counts.join(', ')} in this window`]);
  }
  rows.push(['Network', networkText(status)]);
  return rows;
}

function networkText({ kind, state, detail, downloads = [] }: ModelStatus): string {
  if (kind === 'server') return (state.state === 'lost' ? undefined : detail?.network) ?? 'not connected';
  return downloads.some(({ runs }) => runs !== 'no') ? 'only for the download' : 'off';
}

function downloadText({ id, name, received, total, bytesPerSecond, runs }: UnfinishedDownload, language: string) {
  const sizes =
    total > 0 ? `${fileSize(received, language)} of ${fileSize(total, language)}` : fileSize(received, language);
  const speed = runs !== 'no' && bytesPerSecond > 0 ? `, ${fileSize(bytesPerSecond, language)}/s` : '';
  const where = { here: 'downloading, ', elsewhere: 'downloading in another window, ', no: '' }[runs];
  const text = escaped(`${name}: ${where}${sizes}${runs === 'no' ? ' are here' : ''}${speed}`);
  if (runs === 'elsewhere') return `$(cloud-download) ${text}`;
  if (runs === 'here') return `$(cloud-download) ${text} ${link('Pause', 'devstral.pauseDownload', id)}`;
  return `$(debug-pause) ${text} ${link('Resume', 'devstral.resumeDownload', id)}`;
}

const link = (label: string, command: string, ...args: string[]) =>
  `[${label}](command:${command}${args.length > 0 ? `?${encodeURIComponent(JSON.stringify(args))}` : ''})`;

const escaped = (text: string) => text.replace(/[\\`*_{}[\]()#+\-!|<>~$]/g, '\\$&').replace(/\s+/g, ' ');
