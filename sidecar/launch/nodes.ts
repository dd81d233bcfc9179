import { t } from '../protocol/translate.ts';
import { type CommandLine, flag, oneLine } from './commandLine.ts';
import { dockerForm } from './dockerForm.ts';
import type { LaunchRequest } from './launch.ts';
import type { ServingPlan } from './servingPlan.ts';

/** A command and the machine to run it on. */
export interface LaunchStep {
  where: string;
  command: CommandLine;
}

const rayPort = 6379;
/** As in SGLang's document of several nodes. */
const sglangPort = 20_000;

/** The commands for all nodes, in order: vLLM on a Ray cluster, SGLang with a rank for each node. */
export function launchSteps(
  server: CommandLine,
  image: string | null,
  request: LaunchRequest,
  plan: ServingPlan,
): LaunchStep[] {
  const wrapped = (command: CommandLine) => (image === null ? command : dockerForm(command, image, request, plan));
  if (plan.nodes === 1) return [{ where: 'here', command: wrapped(server) }];
  if (request.server === 'sglang') return sglangNodes(server, request, plan, wrapped);
  return image === null ? rayNodes(server, request) : rayContainers(server, image, request, plan);
}

function sglangNodes(
  server: CommandLine,
  { headAddress }: LaunchRequest,
  { nodes }: ServingPlan,
  wrapped: (command: CommandLine) => CommandLine,
): LaunchStep[] {
  return Array.from({ length: nodes }, (_, rank) => {
    const flags = [
      ...server.flags,
      flag('--nnodes', nodes, t('The model is shared by so many machines.')),
      flag(
        '--node-rank',
        rank,
        rank === 0 ? t('The first node answers the requests.') : t('Each node has its own number.'),
      ),
      flag(
        '--dist-init-addr',
        `${headAddress}:${sglangPort}`,
        t('Where the nodes meet: the first one, any free port.'),
      ),
    ];
    return { where: t('on node {number}', { number: rank + 1 }), command: wrapped({ ...server, flags }) };
  });
}

const rayHead: CommandLine = {
  program: ['ray', 'start', '--head'],
  flags: [flag('--port', rayPort, t('Where the other nodes join the cluster.'))],
};
const rayWorker = (head: string): CommandLine => {
  return {
    program: ['ray', 'start'],
    flags: [flag('--address', `${head}:${rayPort}`, t('The first node, where the cluster was started.'))],
  };
};

function rayNodes(server: CommandLine, { headAddress }: LaunchRequest): LaunchStep[] {
  return [
    { where: t('on the first node'), command: rayHead },
    { where: t('on each other node'), command: rayWorker(headAddress) },
    { where: t('on the first node'), command: server },
  ];
}

/** Ray and vLLM run in one container on the first node; vLLM waits up to 30 minutes for the GPUs of the others. */
function rayContainers(server: CommandLine, image: string, request: LaunchRequest, plan: ServingPlan): LaunchStep[] {
  const install = 'pip install -q ray';
  const serve = oneLine({ ...server, program: ['vllm', 'serve', request.model.repository] });
  const join = `${oneLine(rayWorker(request.headAddress))} --block`;
  const inShell = (script: string, inner: CommandLine['flags']): CommandLine => {
    const docker = dockerForm({ program: [], flags: [] }, image, request, plan);
    const shell = flag('--entrypoint', 'bash', t('Ray starts before vLLM; the image itself may lack Ray.'));
    const rest = { program: [image], flags: [flag('-c', script, t('What runs in the container.'))], inner };
    return { program: docker.program, flags: [...docker.flags, shell], rest };
  };
  return [
    {
      where: t('on the first node'),
      command: inShell(`${install} && ${oneLine(rayHead)} && ${serve}`, [...rayHead.flags, ...server.flags]),
    },
    { where: t('on each other node'), command: inShell(`${install} && ${join}`, rayWorker(request.headAddress).flags) },
  ];
}
