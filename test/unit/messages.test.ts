import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { notifications, requests } from '../../sidecar/protocol/messages.ts';

const folder = join('sidecar', 'protocol');

describe('the messages of the protocol', () => {
  it('are all there by their names, each with a method of its own', () => {
    const written = readdirSync(folder).flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/^export const (\w+) = (request|notification)\(/gm)].map(
        ([, name, kind]) => `${kind} ${name}`,
      ),
    );
    const known = [
      ...Object.keys(requests).map((name) => `request ${name}`),
      ...Object.keys(notifications).map((name) => `notification ${name}`),
    ];
    assert.deepEqual(known.sort(), written.sort());
    const methods = [...Object.values(requests), ...Object.values(notifications)].map(({ method }) => method);
    assert.equal(new Set(methods).size, methods.length);
  });
});
