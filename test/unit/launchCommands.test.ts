import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { allFlags, argvOf, oneLine, shellQuote } from '../../sidecar/launch/commandLine.ts';
import { cards, parseGpus } from '../../sidecar/launch/gpus.ts';
import { headPlaceholder, type LaunchOutcome, type LaunchRequest, launch } from '../../sidecar/launch/launch.ts';
import { launchResult, launchText } from '../../sidecar/launch/launchText.ts';
import { ModelConfig, modelFromConfig, modelFromNumbers } from '../../sidecar/launch/modelConfig.ts';
import { knownServerModel, parameters, serverModels } from '../../sidecar/launch/serverModels.ts';
import { dividesHeads, planServing, type Server } from '../../sidecar/launch/servingPlan.ts';

const model = (name: string) => knownServerModel(name) ?? assert.fail(name);

function gpusOf(text: string) {
  const parsed = parseGpus(text);
  return parsed.kind === 'gpus' ? parsed.gpus : assert.fail(parsed.reason);
}

function request(server: Server, name: string, gpus: string, more: Partial<LaunchRequest> = {}): LaunchRequest {
  const rest = { kv: 'auto' as const, ngram: false, docker: false, headAddress: '10.0.0.1' };
  return { server, model: model(name), gpus: gpusOf(gpus), ...rest, ...more };
}

type Command = Extract<LaunchOutcome, { kind: 'command' }>;

function command(asked: LaunchRequest): Command {
  const outcome = launch(asked);
  return outcome.kind === 'command' ? outcome : assert.fail(outcome.reason);
}

/** Spelling is not meaning: `--tokenizer_mode`, `--tp`, `-tp` and `--x=1` are written otherwise only. */
function meaning(words: string[]): Set<string> {
  const spelled = words.flatMap((word) => (/^--[\w-]+=/.test(word) ? word.split(/=(.*)/s).slice(0, 2) : [word]));
  const names: Record<string, string> = { '--tp': '--tensor-parallel-size', '--tp-size': '--tensor-parallel-size' };
  const pairs = new Set<string>();
  let option = 'program';
  for (const word of spelled) {
    if (!word.startsWith('-') || /^-\d/.test(word) || word === '-m') {
      pairs.add(`${option} ${/^[{[]/.test(word) ? JSON.stringify(JSON.parse(word)) : word}`);
      continue;
    }
    const name = word.replaceAll('_', '-');
    option = names[name] ?? name;
    pairs.add(option);
  }
  return pairs;
}

const shellWords = (line: string): string[] =>
  execFileSync('sh', ['-c', `for word in ${line}; do printf '%s\\0' "$word"; done`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

const small2 = 'mistralai/Devstral-Small-2-24B-Instruct-2512';
const large2 = 'mistralai/Devstral-2-123B-Instruct-2512';
const mistralFiles = '--tokenizer_mode mistral --config_format mistral --load_format mistral';
const calls = '--tool-call-parser mistral --enable-auto-tool-choice';
const draft = `--speculative-config '{"method":"ngram","num_speculative_tokens":5,"prompt_lookup_max":4}'`;
const launchServer = 'python -m sglang.launch_server --model';

/** Commands that Mistral's cards, vLLM's documents and SGLang's cookbook publish. */
const published: [string, LaunchRequest][] = [
  [`vllm serve ${small2} ${calls} --tensor-parallel-size 2`, request('vllm', small2, '2xH100')],
  [`vllm serve ${large2} ${calls} --tensor-parallel-size 8`, request('vllm', large2, '8xH100')],
  [
    `vllm serve mistralai/Devstral-Small-2507 ${mistralFiles} ${calls} --tensor-parallel-size 2`,
    request('vllm', 'devstral-small-1.1', '2xH100'),
  ],
  [
    `vllm serve mistralai/Devstral-Small-2505 ${mistralFiles} ${calls} --tensor-parallel-size 2`,
    request('vllm', 'devstral-small-1.0', '2xA100-80GB'),
  ],
  [`vllm serve ${large2} ${draft}`, request('vllm', large2, '8xH100', { ngram: true })],
  [`${launchServer} ${small2} --tool-call-parser mistral`, request('sglang', small2, 'H100')],
  [`${launchServer} ${large2} --tp 4 --tool-call-parser mistral`, request('sglang', large2, 'H100')],
  [`${launchServer} ${large2} --tp 2 --tool-call-parser mistral`, request('sglang', large2, 'H200')],
  [`${launchServer} ${large2} --tp 2 --tool-call-parser mistral`, request('sglang', large2, 'B200')],
  [
    `${launchServer} ${large2} --tp 2 --trust-remote-code --tool-call-parser mistral`,
    request('sglang', large2, 'MI300X'),
  ],
  [`${launchServer} ${large2} --tp 8 --trust-remote-code`, request('sglang', large2, '8xMI300X')],
  [`${launchServer} ${small2} --context-length 32768`, request('sglang', small2, '4x24GB', { context: 32_768 })],
];

describe('server commands', () => {
  describe('contain every published command', () => {
    for (const [line, asked] of published) {
      it(line, () => {
        const [step] = command(asked).steps;
        assert.ok(step);
        const ours = meaning(argvOf(step.command));
        for (const each of meaning(shellWords(line)))
          assert.ok(ours.has(each), `${each} is not in ${[...ours].join(' | ')}`);
      });
    }
  });

  describe('by machine and model', () => {
    const rows: [Server, string, string, string][] = [
      ['vllm', 'devstral-small-2', '1xH100', '1 GPU, 262144'],
      ['vllm', 'devstral-small-2', '2x24GB', '2 GPU, < 131072'],
      ['vllm', 'devstral-small-2', '4x24GB', '4 GPU, 262144'],
      ['vllm', 'devstral-small-2', '3xL40S', '2 GPU, 262144'],
      ['vllm', 'devstral-small-1.1', '2xRTX 4090', 'does not fit'],
      ['vllm', 'devstral-small-1.1', '4xRTX4090', '4 GPU, 131072'],
      ['vllm', 'devstral-small-2', '1xRTX4090', 'does not fit'],
      ['sglang', 'devstral-small-2', '1x24GB', 'does not fit'],
      ['vllm', 'ministral-3-14b', '1xRTX4090', '1 GPU, < 131072'],
      ['vllm', 'devstral-2', '1xH100', 'does not fit'],
      ['vllm', 'devstral-2', '2xH100', '2 GPU, < 131072'],
      ['vllm', 'devstral-2', '6xH100', '4 GPU, 262144'],
      ['sglang', 'devstral-2', '8xMI300X', '8 GPU, 262144'],
      ['vllm', 'devstral-2', '8x24GB', '8 GPU, < 131072'],
      ['vllm', 'devstral-2', '2*4x24GB', '8 GPU, < 131072'],
      ['sglang', 'devstral-2', '2*8xH100', '16 GPU, 262144'],
      ['vllm', 'devstral-2', '2*8xH100', '16 GPU, 262144'],
      ['vllm', 'devstral-small-2', 'MI210', 'refused'],
    ];
    for (const [server, name, gpus, expected] of rows) {
      it(`${server} ${name} on ${gpus}: ${expected}`, () => {
        const outcome = launch(request(server, name, gpus));
        if (outcome.kind !== 'command') {
          assert.equal(outcome.kind === 'refused' ? 'refused' : 'does not fit', expected, outcome.reason);
          return;
        }
        const { gpusPerNode, nodes, context } = outcome.plan;
        const size = context < 131_072 ? '< 131072' : String(context);
        assert.equal(`${gpusPerNode * nodes} GPU, ${size}`, expected);
      });
    }

    it('takes as many GPUs as are needed where no number is given', () => {
      // The published table of SGLang's cookbook, except that one MI325X holds the large one already.
      const table = { H100: [1, 4], H200: [1, 2], B200: [1, 2], MI300X: [1, 2] };
      for (const [gpu, sizes] of Object.entries(table)) {
        for (const server of ['vllm', 'sglang'] as const) {
          const taken = [small2, large2].map((name) => command(request(server, name, gpu)).plan.tensorParallel);
          assert.deepEqual(taken, sizes, `${server} ${gpu}`);
        }
      }
    });

    it('goes to several nodes when one is not enough', () => {
      const { plan } = command(request('vllm', large2, '16GB'));
      assert.ok(plan.nodes > 1 && plan.pipelineParallel === plan.nodes && plan.tensorParallel === 8);
    });
  });

  it('every option has a reason, in every form', () => {
    for (const server of ['vllm', 'sglang'] as const) {
      for (const gpus of ['2xH100', '2*8xH100', '8xMI300X', '2*8xMI300X']) {
        for (const docker of [false, true]) {
          const ngram = server === 'vllm' || !gpus.includes('MI');
          const outcome = command(request(server, large2, gpus, { docker, ngram, port: 9000, kv: 'fp8' }));
          assert.ok(outcome.flags.every(({ reason }) => /^\w.{10,}\.$/.test(reason)));
          for (const step of outcome.steps) {
            const told = allFlags(step.command).map(({ flag }) => flag);
            const options = shellWords(oneLine(step.command)).filter((word) => /^--?[a-z]/.test(word));
            // "python -m" and the model's name are what is run.
            assert.deepEqual(
              options.filter((each) => !told.includes(each) && !['-m', '--model', '--head'].includes(each)),
              [],
            );
          }
        }
      }
    }
  });

  it('keeps FP8 and n-gram speculation in each server’s own words', () => {
    const words = (server: Server) =>
      argvOf(command(request(server, small2, '2xH100', { kv: 'fp8', ngram: true })).steps[0]?.command ?? assert.fail());
    assert.ok(words('vllm').join(' ').includes('--kv-cache-dtype fp8 --speculative-config {"method":"ngram"'));
    assert.ok(words('sglang').join(' ').includes('--kv-cache-dtype fp8_e4m3 --speculative-algorithm NGRAM'));
  });

  it('starts a Ray cluster for vLLM and numbers the nodes for SGLang', () => {
    const ray = command(request('vllm', large2, '2*8xH100')).steps.map(({ command: line }) => oneLine(line));
    assert.deepEqual(ray.slice(0, 2), ['ray start --head --port 6379', 'ray start --address 10.0.0.1:6379']);
    assert.match(
      ray[2] ?? '',
      /--tensor-parallel-size 8 --pipeline-parallel-size 2 --distributed-executor-backend ray /,
    );
    const ranks = command(request('sglang', large2, '2*8xH100')).steps.map(({ command: line }) => oneLine(line));
    assert.equal(ranks.length, 2);
    for (const [rank, line] of ranks.entries()) {
      assert.match(line, new RegExp(`--tp-size 16 .*--nnodes 2 --node-rank ${rank} --dist-init-addr 10.0.0.1:20000$`));
    }
    const { notes } = command(request('sglang', large2, '2*8xH100', { headAddress: headPlaceholder }));
    assert.ok(notes.some((note) => note.includes(`Replace ${headPlaceholder}`)));
    assert.ok(notes.some((note) => note === 'Each KV head is kept on 2 GPUs, as there are more GPUs than KV heads.'));
  });

  it('the docker form is the same command in an image that goes with the GPUs', () => {
    for (const [server, gpus, image] of [
      ['vllm', '2xH100', 'vllm/vllm-openai:latest'],
      ['vllm', '2xMI300X', 'vllm/vllm-openai-rocm:latest'],
      ['sglang', '2xH100', 'lmsysorg/sglang:latest'],
      ['sglang', '2xMI355X', 'lmsysorg/sglang:v0.5.11-rocm720-mi35x'],
    ] as const) {
      const bare = command(request(server, large2, gpus)).flags.filter(({ flag }) => flag !== '--host');
      const words = argvOf(command(request(server, large2, gpus, { docker: true })).steps[0]?.command ?? assert.fail());
      const at = words.indexOf(image);
      assert.ok(at > 0, words.join(' '));
      const after = meaning(words.slice(at + 1));
      for (const { flag, value } of bare) {
        const [name = ''] = meaning([flag]);
        assert.ok(after.has(value === undefined ? name : `${name} ${value}`), flag);
      }
      assert.equal(words.includes('/dev/kfd'), gpus.includes('MI'));
      assert.equal(words.includes('--gpus'), !gpus.includes('MI'));
    }
  });

  describe('refuses with the reason', () => {
    const refusals: [string, LaunchRequest, RegExp][] = [
      [
        'more than the model was trained for',
        request('vllm', small2, '8xH100', { context: 300_000 }),
        /trained for 262,144/,
      ],
      [
        'heads that do not divide',
        request('sglang', small2, '3*8xH100'),
        /32 heads and 8 KV heads .* 1, 2, 4, 8, 16, 32 GPUs can/,
      ],
      ['FP8 on a card without', request('vllm', small2, '4xMI250X'), /MI250X has no FP8/],
      ['n-gram in SGLang on AMD', request('sglang', small2, '2xMI300X', { ngram: true }), /does not run on AMD/],
      ['no image', request('sglang', small2, '2xR9700', { docker: true }), /publishes no image/],
    ];
    for (const [name, asked, reason] of refusals) {
      it(name, () => {
        const outcome = launch(asked);
        assert.equal(outcome.kind, 'refused');
        assert.match(outcome.reason, reason);
      });
    }

    it('and what would fit: each suggestion, taken, gives a command', () => {
      for (const [server, name, gpus, context] of [
        ['vllm', small2, '1xRTX4090', undefined],
        ['vllm', small2, '2xRTX4090', 200_000],
        ['sglang', large2, '2xH100', 100_000],
        ['sglang', large2, '1xH200', 262_144],
        ['vllm', 'devstral-small-1.1', '1x24GB', undefined],
      ] as const) {
        const asked = request(server, name, gpus, context === undefined ? {} : { context });
        const outcome = launch(asked);
        assert.equal(outcome.kind, 'doesNotFit');
        assert.ok(outcome.suggestions.length > 0, gpus);
        for (const { label, option, value } of outcome.suggestions) {
          const changes = {
            context: () => ({ context: Number(value) }),
            kv: () => ({ kv: 'fp8' as const }),
            gpus: () => ({ gpus: gpusOf(value) }),
            model: () => ({ model: model(value) }),
          };
          assert.equal(launch({ ...asked, ...changes[option]() }).kind, 'command', label);
        }
      }
    });
  });
});

describe('GPUs as they are typed', () => {
  const forms: [string, string, number | null, number | null, number?][] = [
    ['4xH100', 'H100', 4, null],
    ['h100', 'H100', null, null],
    [' 2 x RTX 4090 ', 'RTX 4090', 2, null],
    ['1xRTX4090', 'RTX 4090', 1, null],
    ['2x4090', 'RTX 4090', 2, null],
    ['8xMI300X', 'MI300X', 8, null],
    ['2*8xH100', 'H100', 8, 2],
    ['NVIDIA A100', 'A100-80GB', null, null],
    ['2xNVIDIA GeForce RTX 3090', 'RTX 3090', 2, null],
    ['2x24GB', '24GB', 2, null, 24e9],
    ['2x24GiB', '24GiB', 2, null, 24 * 2 ** 30],
    ['8x192GB-amd', '192GB', 8, null, 192e9],
  ];
  for (const [text, name, count, nodes, memory] of forms) {
    it(text, () => {
      const gpus = gpusOf(text);
      assert.deepEqual([gpus.card.name, gpus.count, gpus.nodes], [name, count, nodes]);
      if (memory !== undefined) assert.equal(gpus.card.memory, memory);
      if (text.endsWith('amd')) assert.equal(gpus.card.vendor, 'amd');
    });
  }

  it('every card of the table is found by its name, alone and counted', () => {
    for (const card of cards) {
      assert.equal(gpusOf(card.name).card, card);
      assert.equal(gpusOf(`2x${card.name.replaceAll(' ', '').toLowerCase()}`).card, card);
    }
  });

  for (const [text, reason] of [
    ['', /Which GPUs/],
    ['4xG999', /"G999" is no GPU in our table; give its memory instead, as in 4x24GB/],
    ['H100,A100', /mixes GPUs/],
    ['0xH100', /1 to 64/],
    ['2x0GB', /no GPU/],
  ] as const) {
    it(`refuses "${text}"`, () => {
      const parsed = parseGpus(text);
      assert.equal(parsed.kind, 'invalid');
      assert.match(parsed.reason, reason);
    });
  }

  it('refuses two numbers of nodes', () => {
    assert.equal(parseGpus('2*8xH100', 3).kind, 'invalid');
    assert.equal(parseGpus('2*8xH100', 2).kind, 'gpus');
  });
});

describe('memory of a served model', () => {
  const aRequest = fc
    .record({
      server: fc.constantFrom<Server>('vllm', 'sglang'),
      name: fc.constantFrom(...serverModels.map(({ id }) => id)),
      gib: fc.integer({ min: 8, max: 300 }),
      count: fc.option(fc.integer({ min: 1, max: 16 })),
      nodes: fc.option(fc.integer({ min: 1, max: 4 })),
      context: fc.option(fc.integer({ min: 1024, max: 32_768 })),
      kv: fc.constantFrom('auto' as const, 'fp8' as const),
    })
    .map(({ server, name, gib, count, nodes, context, kv }): LaunchRequest => {
      const asked = request(server, name, `${gib}GiB`, { kv, ...(context === null ? {} : { context }) });
      return { ...asked, gpus: { ...asked.gpus, count, nodes } };
    });

  it('never exceeds the memory that is there, and the GPUs divide the heads', () => {
    fc.assert(
      fc.property(aRequest, (asked) => {
        const planned = planServing(asked);
        if (planned.kind !== 'fits') return;
        const { plan } = planned;
        const { shape } = asked.model;
        assert.ok(plan.needed <= plan.memory);
        assert.ok(plan.conversations >= 1);
        assert.ok(plan.weights + plan.kvTokens * plan.kvBytesPerToken + plan.overhead <= plan.memory + 1);
        assert.ok(plan.memory * plan.memoryFraction <= plan.memory);
        assert.equal(shape.heads % plan.tensorParallel, 0);
        assert.ok(dividesHeads(shape, plan.tensorParallel));
        assert.equal(plan.tensorParallel * plan.pipelineParallel, plan.gpusPerNode * plan.nodes);
        assert.ok(plan.context <= asked.model.context);
        if (asked.gpus.count !== null) assert.ok(plan.gpusPerNode <= asked.gpus.count);
        if (asked.gpus.nodes !== null) assert.equal(plan.nodes, asked.gpus.nodes);
      }),
    );
  });

  it('a longer context never needs less: memory on the same GPUs, GPUs of the same kind', () => {
    fc.assert(
      fc.property(aRequest, fc.integer({ min: 1, max: 32_768 }), (asked, longer) => {
        const context = asked.context ?? 4096;
        const [one, other] = [context, Math.min(asked.model.context, context + longer)].map((tokens) =>
          planServing({ ...asked, context: tokens }),
        );
        if (other?.kind !== 'fits') return;
        assert.ok(one?.kind === 'fits');
        const gpus = ({ gpusPerNode, nodes }: typeof one.plan) => gpusPerNode * nodes;
        assert.ok(gpus(one.plan) <= gpus(other.plan));
        if (gpus(one.plan) === gpus(other.plan)) assert.ok(one.plan.needed <= other.plan.needed);
      }),
    );
  });

  it('KV bytes a token are the published ones', () => {
    const bytes = (name: string, kv: 'auto' | 'fp8') =>
      command(request('vllm', name, '1xMI325X', { kv })).plan.kvBytesPerToken;
    assert.equal(bytes('devstral-small-2', 'auto'), 163_840);
    assert.equal(bytes('devstral-2', 'auto'), 360_448);
    assert.equal(bytes('devstral-small-1.1', 'fp8'), 81_920);
  });

  it('the shapes add up to the parameters of the cards', () => {
    const billions = (name: string) => parameters(model(name).shape) / 1e9;
    const cardsSay = {
      'devstral-small-2': 24,
      'devstral-small-1.1': 23.6,
      // 123B with Mistral Large's 32,768 tokens; Devstral 2 has 131,072.
      'devstral-2': 125,
      'ministral-3-14b': 13.9,
      'ministral-3-8b': 8.9,
      'ministral-3-3b': 3.8,
      'mistral-nemo': 12.2,
      'mistral-7b': 7.25,
    };
    for (const [name, said] of Object.entries(cardsSay))
      assert.ok(Math.abs(billions(name) - said) < 0.12, `${name} ${billions(name)}`);
    // 24.9 GB is what a text-only copy of the FP8 files takes on disk.
    const { weights } = command(request('vllm', small2, '1xH200')).plan;
    assert.ok(Math.abs(weights - 24.9e9 - model(small2).shape.vision * 2) < 0.1e9, String(weights));
  });
});

describe('a model that is not in the table', () => {
  const text = {
    num_hidden_layers: 40,
    hidden_size: 5120,
    intermediate_size: 32_768,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    head_dim: 128,
    vocab_size: 131_072,
    max_position_embeddings: 131_072,
  };
  const read = (name: string, config: unknown) => modelFromConfig(name, ModelConfig.parse(config));
  const found = (name: string, config: unknown) => {
    const from = read(name, config);
    return from.kind === 'model' ? from.model : assert.fail(from.reason);
  };

  it('is read from its config.json', () => {
    const bf16 = found('someone/Devstral-tuned', { model_type: 'mistral', ...text });
    assert.deepEqual(bf16.shape, model('devstral-small-1.1').shape);
    assert.deepEqual([bf16.weightBits, bf16.toolParser, bf16.mistralTokenizer], [16, 'mistral', false]);
    const quantization_config = { quant_method: 'fp8' };
    const images = found('x/y', {
      text_config: { model_type: 'ministral3', ...text },
      vision_config: {},
      quantization_config,
    });
    assert.equal(images.weightBits, 8);
    assert.ok(images.shape.vision > 0);
    assert.equal(
      found('x/awq', { model_type: 'qwen3', ...text, quantization_config: { quant_method: 'awq', bits: 4 } })
        .weightBits,
      4,
    );
    const groups = { group_0: { weights: { num_bits: 4 } } };
    const packed = { quant_method: 'compressed-tensors', config_groups: groups };
    assert.equal(found('x/packed', { model_type: 'qwen3', ...text, quantization_config: packed }).weightBits, 4);
    assert.equal(found('x/qwen', { model_type: 'qwen3', ...text }).toolParser, null);
  });

  it('is refused where its memory cannot be computed', () => {
    assert.equal(read('x/y', { model_type: 'deepseek_v3', ...text }).kind, 'unknown');
    assert.equal(
      read('x/y', { model_type: 'qwen3', ...text, quantization_config: { quant_method: 'other' } }).kind,
      'unknown',
    );
    assert.equal(ModelConfig.safeParse({ model_type: 'bert' }).success, false);
  });

  it('or from the numbers of its card', () => {
    const numbers = { params: 24e9, layers: 40, heads: 32, kvHeads: 8, headDim: 128, bits: 8, context: 65_536 };
    const from = modelFromNumbers('someone/other-24b', numbers);
    assert.ok(from.kind === 'model');
    assert.ok(Math.abs(parameters(from.model.shape) - 24e9) < 1e6);
    const outcome = launch({ ...request('vllm', small2, '2x24GB'), model: from.model });
    assert.equal(outcome.kind, 'command');
    assert.equal(modelFromNumbers('x/y', { ...numbers, params: 1e9 }).kind, 'unknown');
  });
});

describe('how a command is written', () => {
  it('quotes any word so that a shell gives it back', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary' }).filter((word) => !word.includes('\0')),
          { maxLength: 20 },
        ),
        (words) => {
          const plain = words.map((word) => word.toWellFormed()).filter((word) => !word.startsWith('$HOME/'));
          assert.deepEqual(shellWords(plain.map(shellQuote).join(' ')), plain);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('the text is a script: a shell reads the same words in it, the rest are comments', () => {
    const asked = request('vllm', large2, '8xH100', { ngram: true });
    const outcome = command(asked);
    const text = launchText(asked, outcome);
    const [script = '', ...rest] = text.split('\n\n');
    assert.deepEqual(shellWords(script), argvOf(outcome.steps[0]?.command ?? assert.fail()));
    assert.ok(
      rest
        .join('\n')
        .split('\n')
        .every((line) => line === '' || line.startsWith('#')),
    );
    for (const { flag, reason } of outcome.flags) assert.ok(text.includes(`# ${flag}`) && text.includes(reason));
  });

  it('the result for programs names command, words, reasons and plan', () => {
    const asked = request('vllm', small2, '2*8xH100');
    const result = launchResult(asked, command(asked));
    assert.ok(result.status === 'ok');
    assert.match(result.command, /^vllm serve /);
    assert.deepEqual(result.argv, shellWords(result.command));
    assert.equal(result.steps?.length, 3);
    assert.deepEqual(Object.keys(result.flags[0] ?? {}), ['flag', 'value', 'reason']);
    assert.equal(result.plan.pipelineParallel, 2);
  });
});
