// What the suites and `npm start` need beyond npm's packages. Each installs itself where it may, else says exactly what is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const chromiumPaths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

function run(command, args, what) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error || status !== 0)
    throw new Error(`${what} (${command} ${args.join(' ')} ended with ${error?.message ?? status})`);
}

const mayInstall = () => process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');

function install(name) {
  console.log(`Installing ${name} ...`);
  run('apt-get', ['update', '-qq'], 'the package lists could not be read');
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], `${name} could not be installed`);
}

function chromium() {
  if (process.env.DEVSTRAL_CHROMIUM || chromiumPaths.some((path) => existsSync(path))) return;
  if (!mayInstall()) {
    throw new Error('Chromium is missing: install the package "chromium", or set DEVSTRAL_CHROMIUM to a browser');
  }
  install('chromium');
}

/** A second device where there is no GPU. Tests that need one are skipped without it. */
function softwareVulkan() {
  const drivers = '/usr/share/vulkan/icd.d';
  if (process.platform !== 'linux' || (existsSync(drivers) && readdirSync(drivers).length > 0)) return;
  try {
    if (!mayInstall()) throw new Error('install the package "mesa-vulkan-drivers"');
    install('mesa-vulkan-drivers');
  } catch (error) {
    console.log(`No Vulkan driver, so what runs on a GPU is not tested: ${error.message}`);
  }
}

/** What commands of the agent run in on Linux. Tests that need it are skipped without it. */
function sandbox() {
  if (process.platform !== 'linux' || existsSync('/usr/bin/bwrap')) return;
  try {
    if (!mayInstall()) throw new Error('install the package "bubblewrap"');
    install('bubblewrap');
  } catch (error) {
    console.log(`No bubblewrap, so commands in a sandbox are not tested: ${error.message}`);
  }
}

const node = (script, what) => () => run(process.execPath, [script], what);

export const prerequisites = {
  chromium,
  softwareVulkan,
  sandbox,
  workbench: node('test/workbench/install.mjs', 'the workbench could not be installed'),
  starterModel: node('scripts/fetchStarterMirror.mjs', 'the starter model could not be fetched'),
  smolModel: node('scripts/fetchSmolModel.mjs', 'the small test model could not be fetched'),
};
