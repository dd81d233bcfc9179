import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { createTerminals, type Terminals } from '../../extension/chat/context/terminals.ts';
import { waitFor } from './waitFor.ts';

describe('a terminal as context', () => {
  let terminals: Terminals;
  let terminal: vscode.Terminal;
  before(async () => {
    terminals = createTerminals();
    terminal = vscode.window.createTerminal({ name: 'work', shellPath: '/bin/bash' });
    terminal.show();
    await waitFor('the shell integration', () => terminal.shellIntegration, 30_000);
  });
  after(() => {
    terminal.dispose();
    terminals.dispose();
  });

  it('is the output of the last command, with how it ended', async () => {
    const ended = new Promise((resolve) => vscode.window.onDidEndTerminalShellExecution(resolve));
    // VS Code may lose what a command writes before its stream is read.
    terminal.shellIntegration?.executeCommand('sleep 0.3; printf "one\\ntwo\\n"; false');
    await ended;
    const item = await waitFor('the output', () => {
      const made = terminals.lastItem();
      return 'chip' in made && made.context.kind === 'text' && /\ntwo/.test(made.context.text) && made;
    });
    assert.match(item.chip.label, /^Output of sleep/);
    assert.ok(item.context.kind === 'text');
    assert.match(item.context.text, /^\$ sleep .*\none\ntwo\n\(exit code 1\)$/);
  });

  it('is its selection, and the clipboard is as before', async () => {
    await vscode.env.clipboard.writeText('mine');
    await vscode.commands.executeCommand('workbench.action.terminal.selectAll');
    const item = await terminals.selectionItem();
    assert.ok('chip' in item && item.context.kind === 'text', JSON.stringify(item));
    assert.match(item.context.text, /one\ntwo/);
    assert.match(item.chip.label, /^work, \d+ lines$/);
    assert.equal(await vscode.env.clipboard.readText(), 'mine');
  });
});
