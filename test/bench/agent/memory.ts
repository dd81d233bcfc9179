import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { editTool } from '../../../sidecar/tools/edit.ts';
import { readTool } from '../../../sidecar/tools/read.ts';
import { type Scripted, scriptedBackend } from '../../unit/scriptedAgent.ts';
import { openTestSession, personWho } from '../../unit/testSession.ts';

export interface Memory {
  turns: number;
  /** MB, after a collection. */
  heap: number;
  external: number;
}

const turnsOfSession = 20;

/**
 * Heap and external memory of this process over turns of the agent that read a file and edit it, in sessions of twenty
 * turns that are closed: what one leaves behind would add up. `at`: after which turns it is looked, in order.
 */
export async function runMemory(at: readonly number[]): Promise<Memory[]> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-memory-')));
  const data = mkdtempSync(join(tmpdir(), 'devstral-memory-data-'));
  const { person } = personWho(() => ({ answer: 'allow_once' }));
  const found: Memory[] = [];
  let turns = 0;
  while (turns < (at.at(-1) ?? 0)) {
    // The same workspace anew: what lies on the disk has no part in this.
    writeFileSync(join(root, 'a.ts'), `${'const value = 1;\n'.repeat(200)}const turn = 0;\n`);
    const script = Array.from({ length: turnsOfSession }, (_, turn): Scripted[] => [
      { calls: [['read', '{"file_path": "a.ts"}']] },
      { calls: [['edit', edit(turn)]] },
      { text: 'Done.' },
    ]);
    const { backend } = scriptedBackend(script.flat(), null);
    const tools = [readTool, editTool];
    const { turn, log } = await openTestSession({ root, data, backend, tools, mode: 'accept-edits', person });
    for (let n = 0; n < turnsOfSession; n++) {
      const events = await turn(`Turn ${n}`);
      const end = events.at(-1);
      if (end?.type !== 'end' || end.reason !== 'done') throw new Error(JSON.stringify(end));
      turns++;
      if (at.includes(turns)) {
        // Twice: what finalisers let go is collected by the second.
        for (let i = 0; i < 2; i++) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          collect();
        }
        const { heapUsed, external } = process.memoryUsage();
        found.push({ turns, heap: heapUsed / 2 ** 20, external: external / 2 ** 20 });
      }
    }
    await log.close();
  }
  rmSync(root, { recursive: true });
  rmSync(data, { recursive: true });
  return found;
}

const edit = (turn: number) =>
  JSON.stringify({ file_path: 'a.ts', old_string: `const turn = ${turn};`, new_string: `const turn = ${turn + 1};` });
