import { randomBytes } from 'node:crypto';

interface Page {
  /** `webview.cspSource`. */
  cspSource: string;
  scriptUri: string;
  styleUri: string;
  /** The panel's texts in that language, where it has a translation. */
  textsUri?: string | undefined;
  /** Language tag of the editor. */
  language: string;
  /** A tab has the editor's background, the view that of its side bar. */
  place?: 'view' | 'tab';
}

/**
 * The panel's page. Nothing but our own script, style and font can load: no image from anywhere, not even our own, and
 * nothing can reach the network. Thumbnails are drawn (thumbnail.tsx).
 */
export function chatHtml({ cspSource, scriptUri, styleUri, textsUri, language, place = 'view' }: Page): string {
  const nonce = randomBytes(18).toString('base64');
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${language}" dir="${direction(language)}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="stylesheet" href="${styleUri}">
    <title>Devstral</title>
  </head>
  <body data-place="${place}">
    <div id="root"></div>
${textsUri === undefined ? '' : `    <script nonce="${nonce}" src="${textsUri}"></script>\n`}    <script nonce="${nonce}" src="${scriptUri}"></script>
  </body>
</html>
`;
}

/** The way in which a language is written. */
const direction = (language: string) => (/^(ar|fa|he|ur)\b/.test(language) ? 'rtl' : 'ltr');
