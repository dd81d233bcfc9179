import '../displayLanguage.ts';
import { codeHandlers } from './code/codeBlocks.ts';
import { imageItem, imageProblem, readImage, readImageFile } from './context/contextImages.ts';
import { pickCandidate } from './context/contextPicker.ts';
import { createContextSearch } from './context/contextSearch.ts';
import { refusalOf } from './context/refusedFiles.ts';

/** Parts of the chat that are a bundle of their own (`dist/chatTools.cjs`), so that activation does without them. */
export const chatTools = {
  createContextSearch,
  pickCandidate,
  refusalOf,
  codeHandlers,
  imageItem,
  imageProblem,
  readImage,
  readImageFile,
};

export type ChatTools = typeof chatTools;
