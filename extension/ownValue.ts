import type * as vscode from 'vscode';

/**
 * A value that only the person's own settings may give. VS Code already ignores a workspace's value for machine scope;
 * this also holds in a version or a test that does not, and lets us say what a workspace proposed.
 */
export function ownValue<T>(settings: vscode.WorkspaceConfiguration, name: string, fallback: T): T {
  const found = settings.inspect<T>(name);
  return found?.globalValue ?? found?.defaultValue ?? fallback;
}
