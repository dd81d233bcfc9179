import { answerFuzz } from './anyAnswer.ts';
import { readDamagedHeaders } from './damagedHeaders.ts';

/** A seeded thousand of each; `npm run bench -- fuzz` reads a hundred thousand. */
describe('anything at all', () => {
  for (const [name, fuzz] of Object.entries(answerFuzz)) {
    it(`is read without an error: ${name}`, () => fuzz(1000, 1));
  }
  it('is a header, or refused in a line', () => readDamagedHeaders(1000, 1));
});
