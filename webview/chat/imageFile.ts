import { fittedSize, largestImage, usualRule } from '../../sidecar/protocol/imageTokens.ts';
import type { PanelMessage } from '../panelMessage.ts';
import { post } from './hostApi.ts';
import { model } from './store.ts';

type Refusal = Extract<PanelMessage, { type: 'imageRefused' }>['reason'];

/** Pixels of a thumbnail's longer side, for screens with two pixels to one. */
const thumbnailSide = 64;

const isTaken = (type: string) => /^image\/(png|jpeg|webp|gif)$/.test(type);

/** Images among what was pasted or dropped; of a text that comes with its picture the text is meant. */
export const imageFiles = (data: DataTransfer): File[] =>
  data.types.includes('text/plain') ? [] : [...data.files].filter(({ type }) => type.startsWith('image/'));

/**
 * Makes of an image what goes along with a message: a PNG or JPEG no larger than the model reads, and a thumbnail. All but
 * a PNG that fits is drawn anew, which turns photos upright and leaves out where they were taken. `id`: the host's own.
 */
export async function addImage(file: Blob, name: string, id?: string): Promise<void> {
  const refuse = (reason: Refusal) => post({ type: 'imageRefused', name, reason });
  if (!isTaken(file.type)) return refuse('type');
  if (file.size > largestImage) return refuse('size');
  const image = await createImageBitmap(file).catch(() => null);
  if (!image) return refuse('broken');
  const { width, height } = fittedSize(image, (model.value.images ?? usualRule).side);
  const asItIs = file.type === 'image/png' && width === image.width;
  const data = asItIs ? file : await drawn(image, width, height, file.type === 'image/jpeg' ? file.type : 'image/png');
  const small = fittedSize(image, thumbnailSide);
  const thumbnail = await base64(await drawn(image, small.width, small.height, 'image/jpeg'));
  image.close();
  post({ type: 'addImage', name, width, height, data: await base64(data), thumbnail, ...(id ? { id } : {}) });
}

/** The bytes that a message brought. */
export const bytesOf = (data: string) => Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));

async function drawn(image: ImageBitmap, width: number, height: number, type: string): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (type === 'image/jpeg' && context) {
    context.fillStyle = 'white';
    context.fillRect(0, 0, width, height);
  }
  context?.drawImage(image, 0, 0, width, height);
  return canvas.convertToBlob({ type, quality: 0.9 });
}

function base64(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '');
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
