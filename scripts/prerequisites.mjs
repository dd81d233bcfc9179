// What the suites and `npm start` need beyond npm's packages. Each installs itself where it may, else says exactly what is missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const chromiumPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

function run(command, args, what) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error || status !== 0)
    throw new Error(`${what} (${command} ${args.join(' ')} ended with ${error?.message ?? status})`);
}

function chromium() {
  if (process.env.DEVSTRAL_CHROMIUM || chromiumPaths.some((path) => existsSync(path))) return;
  const isRoot = process.getuid?.() === 0;
  if (process.platform !== 'linux' || !isRoot || !existsSync('/usr/bin/apt-get')) {
    throw new Error('Chromium is missing: install the package "chromium", or set DEVSTRAL_CHROMIUM to a browser');
  }
  console.log('Installing chromium ...');
  run('apt-get', ['update', '-qq'], 'the package lists could not be read');
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], 'chromium could not be installed');
}

const node = (script, what) => () => run(process.execPath, [script], what);

export const prerequisites = {
  chromium,
  workbench: node('test/workbench/install.mjs', 'the workbench could not be installed'),
  starterModel: node('scripts/fetchStarterMirror.mjs', 'the starter model could not be fetched'),
  smolModel: node('scripts/fetchSmolModel.mjs', 'the small test model could not be fetched'),
};
