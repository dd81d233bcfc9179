import type { Answer } from '../../models/download/directRequest.ts';
import type { DownloadSource } from '../../models/download/downloadFile.ts';
import { type Ask, followRedirects } from '../../models/download/followRedirects.ts';
import type { CudaPackage } from './cudaPackages.ts';

const publicRegistry = 'https://registry.npmjs.org';

/** The npm registry: `npm_config_registry` names another one (a mirror). Null if that is no web address. */
export function registryAddress(env: NodeJS.ProcessEnv = process.env): URL | null {
  const given = env.npm_config_registry || env.NPM_CONFIG_REGISTRY || publicRegistry;
  if (!/^https?:\/\//.test(given) || !URL.canParse(given)) return null;
  return new URL(given.endsWith('/') ? given : `${given}/`);
}

/** A package's archive as a download. Name and password of the registry's address go into a header, never into a message. */
export function packageSource(
  registry: URL,
  { name, size }: CudaPackage,
  version: string,
  ask: Ask<Answer>,
): DownloadSource {
  const url = new URL(`@node-llama-cpp/${name}/-/${name}-${version}.tgz`, registry);
  const { username, password } = url;
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const own: Record<string, string> = username ? { authorization: `Basic ${login}` } : {};
  url.username = '';
  url.password = '';
  return { url, size, what: name, request: (headers) => followRedirects(url, headers, own, ask) };
}
