import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheFolders } from '../../sidecar/models/catalog/cacheFolders.ts';
import { findModels } from '../../sidecar/models/catalog/foundFiles.ts';

describe('models of other programs', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'devstral-found-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function put(path: string, text: string): string {
    const full = join(folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
    return full;
  }
  const find = (source: 'huggingface' | 'lmstudio' | 'ollama') => findModels([{ source, path: folder }]);

  it('are where each program keeps them', () => {
    const paths = (platform: NodeJS.Platform, env: Record<string, string>, home: string, lmStudioHome?: string) =>
      cacheFolders({ platform, env, home, lmStudioHome }).map(({ path }) => path);
    assert.deepEqual(paths('linux', {}, '/home/a'), [
      '/home/a/.cache/huggingface/hub',
      '/home/a/.lmstudio/models',
      '/home/a/.cache/lm-studio/models',
      '/home/a/.ollama/models',
      '/usr/share/ollama/.ollama/models',
    ]);
    assert.deepEqual(paths('darwin', { HF_HOME: '/v/hf', OLLAMA_MODELS: '/v/ollama' }, '/Users/a', '/v/lm'), [
      '/v/hf/hub',
      '/v/lm/models',
      '/Users/a/.lmstudio/models',
      '/Users/a/.cache/lm-studio/models',
      '/v/ollama',
    ]);
    const windows = paths('win32', { HF_HUB_CACHE: 'D:\\hub' }, 'C:\\Users\\a', 'C:\\Users\\a\\.lmstudio');
    assert.deepEqual(windows, [
      'D:\\hub',
      'C:\\Users\\a\\.lmstudio\\models',
      'C:\\Users\\a\\.cache\\lm-studio\\models',
      'C:\\Users\\a\\.ollama\\models',
    ]);
    assert.equal(paths('linux', { XDG_CACHE_HOME: '/c' }, '/home/a')[0], '/c/huggingface/hub');
  });

  it('are found in the cache of Hugging Face, through its links', async () => {
    const blob = put('models--org--Repo-GGUF/blobs/abc', 'GGUF and more');
    const snapshot = join(folder, 'models--org--Repo-GGUF/snapshots/c0ffee');
    mkdirSync(snapshot, { recursive: true });
    symlinkSync(blob, join(snapshot, 'm-Q4_K_M.gguf'));
    symlinkSync(join(folder, 'gone'), join(snapshot, 'm-Q8_0.gguf'));
    symlinkSync(folder, join(snapshot, 'round'));
    put('models--org--Repo-GGUF/snapshots/c0ffee/mmproj-F16.gguf', 'GGUF');
    put('models--org--Repo-GGUF/snapshots/c0ffee/notes-Q5_K_M.gguf', 'text');
    put('models--org--Repo-GGUF/snapshots/older/m-Q4_K_M.gguf', 'GGUF older');
    const found = await find('huggingface');
    assert.deepEqual(found.map(({ path }) => path).sort(), [
      join(snapshot, 'm-Q4_K_M.gguf'),
      join(folder, 'models--org--Repo-GGUF/snapshots/older/m-Q4_K_M.gguf'),
    ]);
    assert.deepEqual(
      found.find(({ size }) => size === 13),
      {
        source: 'huggingface',
        name: 'org/Repo-GGUF/m-Q4_K_M.gguf',
        path: join(snapshot, 'm-Q4_K_M.gguf'),
        size: 13,
        quantisation: 'Q4_K_M',
        repo: 'org/Repo-GGUF',
        file: 'm-Q4_K_M.gguf',
      },
    );
  });

  it('are found in LM Studio, split ones as one', async () => {
    const first = put('org/Repo-GGUF/m-Q4_K_M-00001-of-00002.gguf', 'GGUF one');
    put('org/Repo-GGUF/m-Q4_K_M-00002-of-00002.gguf', 'GGUF two!');
    put('org/Repo-GGUF/n-Q4_K_M-00001-of-00002.gguf', 'GGUF, its second part is missing');
    const found = await find('lmstudio');
    assert.deepEqual(
      found.map(({ path, size, repo }) => [path, size, repo]),
      [[first, 17, 'org/Repo-GGUF']],
    );
  });

  it('are found in Ollama by its manifests, and broken ones are passed over', async () => {
    const weights = 'GGUF weights';
    const digest = createHash('sha256').update(weights).digest('hex');
    const blob = put(`blobs/sha256-${digest}`, weights);
    const layer = (more = {}) => ({
      mediaType: 'application/vnd.ollama.image.model',
      digest: `sha256:${digest}`,
      size: weights.length,
      ...more,
    });
    const manifest = (path: string, ...layers: object[]) => put(`manifests/${path}`, JSON.stringify({ layers }));
    manifest('registry.ollama.ai/library/devstral/24b', { mediaType: 'x', digest: 'y', size: 1 }, layer());
    manifest('registry.ollama.ai/library/devstral/latest', layer());
    manifest('registry.ollama.ai/library/evil/latest', layer({ digest: 'sha256:../../../etc/passwd' }));
    manifest('registry.ollama.ai/library/cut/latest', layer({ size: 99 }));
    manifest('registry.ollama.ai/library/gone/latest', layer({ digest: `sha256:${'0'.repeat(64)}` }));
    manifest('registry.ollama.ai/library/parts/latest', layer(), layer());
    put('manifests/registry.ollama.ai/library/broken/latest', '{"layers": [');
    put('manifests/.DS_Store', 'x');
    assert.deepEqual(await find('ollama'), [
      { source: 'ollama', name: 'devstral:24b', path: blob, size: weights.length, quantisation: '' },
    ]);
  });

  it('are none where nothing is', async () => {
    assert.deepEqual(await findModels([{ source: 'ollama', path: join(folder, 'no') }]), []);
    assert.deepEqual(await findModels([{ source: 'lmstudio', path: join(folder, 'no') }]), []);
  });
});
