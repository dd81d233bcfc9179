import { tryEscape } from './escapingTurns.ts';
import { pathEscapes } from './pathEscapes.ts';
import { tenth } from './seeded.ts';

describe('ways out of the workspace, through every file tool of a session', () => {
  const some = tenth(pathEscapes, 3);
  for (const mode of ['ask', 'auto'] as const) {
    it(`lead nowhere in ${mode}, whoever says yes: ${some.length} of ${pathEscapes.length}`, async () => {
      for (const named of some) await tryEscape(named, mode);
    });
  }
});
