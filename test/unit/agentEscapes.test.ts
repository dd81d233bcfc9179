import { tryEscape } from './escapingTurns.ts';
import { pathEscapes } from './pathEscapes.ts';
import { tenth } from './seeded.ts';

describe('ways out of the workspace, through every file tool of a session', () => {
  const some = tenth(pathEscapes, 3);
  it(`lead nowhere, whoever says yes: ${some.length} of ${pathEscapes.length}`, async () => {
    for (const [at, named] of some.entries()) await tryEscape(named, at % 2 === 0 ? 'ask' : 'auto');
  });
});
