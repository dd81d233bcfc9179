import { resolve } from 'node:path';
import { killAtRandomPoints } from '../sidecar/killPoints.ts';

/** Kills scripted turns of the agent at 200 random points; throws if a message is lost or an edit is half applied. */
export const runKillBench = (seed: number) => killAtRandomPoints(resolve('dist/agentTurn.mjs'), 200, seed);
