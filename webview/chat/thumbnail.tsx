import { useLayoutEffect, useRef } from 'preact/hooks';
import { bytesOf } from './imageFile.ts';

/** A small picture, drawn: the page loads no image from anywhere, and its policy allows none. `data`: base64 of a JPEG. */
export function Thumbnail({ data }: { data: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    let gone = false;
    createImageBitmap(new Blob([bytesOf(data)], { type: 'image/jpeg' })).then(
      (image) => {
        const target = canvas.current;
        if (!target || gone) return;
        target.width = image.width;
        target.height = image.height;
        target.getContext('2d')?.drawImage(image, 0, 0);
        target.dataset.drawn = '';
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [data]);
  return (
    <span class="thumbnail" aria-hidden="true">
      <canvas ref={canvas} />
    </span>
  );
}
