import { signal } from '@preact/signals';
import { droppedUris } from './droppedUris.ts';
import { post } from './hostApi.ts';
import { addImage, imageFiles } from './imageFile.ts';

/** Something that can be dropped is above the panel. */
export const dropping = signal(false);

/** Adds files and images that were pasted or dropped; false if there are none, and then it is text. */
export function takeData(data: DataTransfer | null): boolean {
  if (!data) return false;
  const uris = droppedUris(data);
  if (uris.length > 0) {
    post({ type: 'addUris', uris });
    return true;
  }
  const images = imageFiles(data);
  for (const image of images) void addImage(image, image.name);
  return images.length > 0;
}

/** What the whole panel does with files that are dragged over it. */
export const dropHandlers = {
  onDragOver(event: DragEvent) {
    if (event.dataTransfer && !canDrop(event.dataTransfer)) return;
    event.preventDefault();
    dropping.value = true;
  },
  onDragLeave(event: DragEvent) {
    if (event.relatedTarget === null) dropping.value = false;
  },
  onDrop(event: DragEvent) {
    dropping.value = false;
    if (takeData(event.dataTransfer)) event.preventDefault();
  },
};

/** Before the drop only the types are known. */
const canDrop = ({ types }: DataTransfer) =>
  types.some((type) => type === 'Files' || /uri|^codee|^resource/i.test(type));
