import { t } from '../protocol/translate.ts';
import { type CommandLine, flag } from './commandLine.ts';
import type { Card } from './gpus.ts';
import type { LaunchRequest } from './launch.ts';
import type { Server, ServingPlan } from './servingPlan.ts';

const ports: Record<Server, number> = { vllm: 8000, sglang: 30_000 };

/**
 * Images as the projects' documents of 2026 name them: docs.vllm.ai (Using Docker), docs.sglang.io (AMD GPUs).
 * SGLang's ROCm images have no `latest`; these tags are of May 2026.
 */
export function dockerImage(server: Server, { vendor, rocm }: Card): string | null {
  if (server === 'vllm') return vendor === 'amd' ? 'vllm/vllm-openai-rocm:latest' : 'vllm/vllm-openai:latest';
  if (vendor === 'nvidia') return 'lmsysorg/sglang:latest';
  return rocm ? `lmsysorg/sglang:v0.5.11-rocm720-${rocm}` : null;
}

/** `docker run` around a server's command. Nodes see each other through the host's network. */
export function dockerForm(server: CommandLine, image: string, request: LaunchRequest, plan: ServingPlan): CommandLine {
  const { gpus, port } = request;
  const inside = port ?? ports[request.server];
  const several = plan.nodes > 1;
  const flags = [
    flag('--rm', null, t('Nothing stays behind when it ends.')),
    ...(gpus.card.vendor === 'amd' ? amdAccess : [nvidiaAccess(request, plan)]),
    flag('--ipc', 'host', t('The processes of several GPUs talk through shared memory.')),
    several
      ? flag('--network', 'host', t('The nodes reach each other at their own addresses.'))
      : flag(
          '-p',
          `127.0.0.1:${inside}:${inside}`,
          t('Only this machine reaches it; leave out 127.0.0.1: to open it to the network.'),
        ),
    flag('-v', '$HOME/.cache/huggingface:/root/.cache/huggingface', t('Weights are downloaded once and kept.')),
    flag('-e', 'HF_TOKEN', t('Your token of the hub, from the environment, for repositories that ask for it.')),
  ];
  return { program: ['docker', 'run'], flags, rest: { program: [image, ...server.program], flags: server.flags } };
}

/** The GPUs that are used, where fewer than all. */
function nvidiaAccess({ gpus }: LaunchRequest, { gpusPerNode }: ServingPlan) {
  const what = gpus.count === gpusPerNode ? 'all' : gpusPerNode;
  return flag(
    '--gpus',
    what,
    t('GPUs in the container: {what}; the machine needs the NVIDIA Container Toolkit.', { what }),
  );
}

const amdAccess = [
  flag('--device', '/dev/kfd', t('ROCm computes through it.')),
  flag('--device', '/dev/dri', t('ROCm reaches the GPUs through it.')),
  flag('--group-add', 'video', t('The group that may use the GPUs.')),
  flag('--cap-add', 'SYS_PTRACE', t('AMD documents it for its images.')),
  flag('--security-opt', 'seccomp=unconfined', t('AMD documents it: memory is bound to the nearest processor.')),
];
