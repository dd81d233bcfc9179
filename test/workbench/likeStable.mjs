import { existsSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const browser = 'code/browser/workbench/workbench.js';
const hosts = ['workbench/api/node/extensionHostProcess.js', 'workbench/api/worker/extensionHostWorkerMain.js'];
const allOn = /_envEnablesProposedApiForAll=!0/g;
const alwaysEnabled =
  /function ([\w$]+)\((\w+),(\w+)\)\{return!0\}(?=function [\w$]+\(\2,\3\)\{if\(!\1\(\2,\3\)\)throw new Error\(`Extension)/g;
const noToasts = /(?<=isNotificationsCenterVisible&&)!this\.environmentService\.enableSmokeTestDriver&&/g;

/** Edits an installed code-server where it differs from stable VS Code. Throws where a bundle does not look as expected. */
export function makeLikeStable(codeServer) {
  const out = join(codeServer, 'lib/vscode/out/vs');
  gateProposals(out);
  // The test driver, which lets the page load an extension under development, hides all notifications that pop up.
  edit(join(out, browser), noToasts, () => '');
}

/** code-server switches every proposed API on for everybody: a test could pass with a call that stable VS Code refuses. */
function gateProposals(out) {
  edit(join(out, browser), allOn, () => '_envEnablesProposedApiForAll=!1');
  for (const host of hosts) {
    edit(join(out, host), alwaysEnabled, (_all, name, extension, proposal) => {
      const named = `${extension}.enabledApiProposals`;
      return `function ${name}(${extension},${proposal}){return!!(${named}&&${named}.includes(${proposal}))}`;
    });
  }
}

function edit(file, pattern, replacement) {
  if (!existsSync(file)) throw new Error(`${file} is missing: this code-server has another layout`);
  const text = readFileSync(file, 'utf8');
  const edited = text.replace(pattern, replacement);
  if (edited === text) throw new Error(`${file}: the place to edit was not found`);
  // npm may have linked the file into place: replace it, do not write through the link.
  unlinkSync(file);
  writeFileSync(file, edited);
}
