import { chooseSandbox } from '../../sidecar/commands/sandbox/chooseSandbox.ts';
import { injections, obey } from '../unit/injectedTurns.ts';

describe('a model that obeys what it reads, with commands in bubblewrap', () => {
  it(`writes, runs and sends nothing without consent in auto: ${injections.length} cases`, async function () {
    const sandbox = await chooseSandbox({ sandbox: 'auto' });
    if (sandbox.kind !== 'bubblewrap') {
      console.log(`    not tested: ${sandbox.kind === 'none' ? sandbox.reason : sandbox.kind}`);
      return this.skip();
    }
    for (const injection of injections) await obey(injection, 'auto', sandbox);
  });
});
