import * as vscode from 'vscode';
import { useTexts } from '../sidecar/protocol/translate.ts';

// Each bundle of the extension has its own `t`: its entry imports this before anything that asks for a text.
useTexts({ language: vscode.env.language, bundle: vscode.l10n.bundle });
