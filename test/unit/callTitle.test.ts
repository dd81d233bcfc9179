import assert from 'node:assert/strict';
import { callTitle } from '../../sidecar/tools/callTitle.ts';
import { editTool } from '../../sidecar/tools/edit.ts';
import type { AnyTool } from '../../sidecar/tools/tool.ts';

describe('the title of a call', () => {
  const edit = (file_path: string) =>
    callTitle({ tool: editTool, args: { file_path, old_string: 'a', new_string: 'b' } }, [
      '/home/me/shop',
      '/home/me/api',
    ]);

  it('says a file of the workspace as it stands there', () => {
    assert.equal(edit('/home/me/shop/src/cart.ts'), 'Edit src/cart.ts');
    assert.equal(edit('/home/me/api/app.py'), 'Edit app.py');
    assert.equal(edit('src/cart.ts'), 'Edit src/cart.ts');
  });

  it('leaves other places and commands as they are', () => {
    assert.equal(edit('/home/me/shop2/cart.ts'), 'Edit /home/me/shop2/cart.ts');
    const bash = { effect: 'command', title: (args: { command: string }) => args.command } as unknown as AnyTool;
    const command = 'cat /home/me/shop/a.txt';
    assert.equal(callTitle({ tool: bash, args: { command } }, ['/home/me/shop']), command);
  });
});
