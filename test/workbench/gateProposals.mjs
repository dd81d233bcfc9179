import { existsSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// code-server switches every proposed API on for everybody, so a test could pass with a call that stable VS Code refuses.
const browser = 'code/browser/workbench/workbench.js';
const hosts = ['workbench/api/node/extensionHostProcess.js', 'workbench/api/worker/extensionHostWorkerMain.js'];
const allOn = /_envEnablesProposedApiForAll=!0/g;
const alwaysEnabled =
  /function ([\w$]+)\((\w+),(\w+)\)\{return!0\}(?=function [\w$]+\(\2,\3\)\{if\(!\1\(\2,\3\)\)throw new Error\(`Extension)/g;

/**
 * Puts the gate for proposed API back into an installed code-server: an extension gets what its manifest names, as in
 * stable VS Code's development mode. Throws where a bundle does not look as expected.
 */
export function gateProposals(codeServer) {
  const out = join(codeServer, 'lib/vscode/out/vs');
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
  if (edited === text) throw new Error(`${file}: the gate for proposed API was not found`);
  // npm may have linked the file into place: replace it, do not write through the link.
  unlinkSync(file);
  writeFileSync(file, edited);
}
