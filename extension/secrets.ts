import type * as vscode from 'vscode';

/** Keys per origin (scheme, host, port); they live in VS Code's secret storage and nowhere else. */
export interface Secrets {
  get(origin: string): Promise<string | null>;
  set(url: string, key: string): Promise<void>;
}

const prefix = 'devstral.key:';

export function createSecrets(storage: vscode.SecretStorage): Secrets {
  return {
    get: async (origin) => (await storage.get(prefix + origin)) ?? null,
    async set(url, key) {
      const { origin } = new URL(url);
      if (key === '') await storage.delete(prefix + origin);
      else await storage.store(prefix + origin, key);
    },
  };
}
