import type { Backend, Capabilities, Message, MessageImage, Tool } from '../models/backend.ts';
import type { ImageRef } from '../protocol/images.ts';
import { imageTokens, usualRule } from '../protocol/imageTokens.ts';

/**
 * A backend that is given the images of a conversation with their bytes. A model that does not see is told that there is
 * one, in words; so is one whose file is gone. `read`: base64 of an image, null where it is gone.
 */
export function withImages(backend: Backend, read: (image: ImageRef) => Promise<string | null>): Backend {
  const filled = async (images: readonly MessageImage[], sees: boolean) => {
    const shown: MessageImage[] = [];
    const missing: string[] = [];
    for (const image of images) {
      const data = sees ? await read(image) : null;
      if (data !== null) shown.push({ ...image, data });
      else missing.push(sees ? `(${image.label} is no longer there.)` : unseen(image));
    }
    return { shown, missing };
  };

  async function withBytes(messages: readonly Message[], signal: AbortSignal): Promise<Message[]> {
    const { images: sees } = await backend.capabilities(signal);
    return Promise.all(
      messages.map(async (message) => {
        if (message.role !== 'user' || !message.images) return message;
        const { images, content, role } = message;
        const { shown, missing } = await filled(images, sees);
        const text = [...missing, content].filter(Boolean).join('\n\n');
        return { role, content: text, ...(shown.length > 0 ? { images: shown } : {}) };
      }),
    );
  }

  return {
    ...backend,
    // Of whichever answers now.
    get name() {
      return backend.name;
    },
    get kind() {
      return backend.kind;
    },
    async *stream(request, signal) {
      if (!hasImages(request.messages)) return yield* backend.stream(request, signal);
      yield* backend.stream({ ...request, messages: await withBytes(request.messages, signal) }, signal);
    },
    countTokens: (messages, tools, signal) => countWithImages(backend, messages, tools, signal),
  };
}

/** Tokens of a prompt with the images in it, without their bytes. */
async function countWithImages(
  backend: Backend,
  messages: readonly Message[],
  tools: readonly Tool[],
  signal: AbortSignal,
): Promise<number> {
  if (!hasImages(messages)) return backend.countTokens(messages, tools, signal);
  const capabilities = await backend.capabilities(signal);
  const text = await backend.countTokens(wordsOf(messages, capabilities), tools, signal);
  return text + tokensOfImages(messages, capabilities);
}

/** The messages with what is said instead of their images. */
export function wordsOf(messages: readonly Message[], { images: sees }: Pick<Capabilities, 'images'>): Message[] {
  return messages.map((message) => {
    if (message.role !== 'user' || !message.images) return message;
    const words = sees ? [] : message.images.map(unseen);
    return { role: 'user', content: [...words, message.content].filter(Boolean).join('\n\n') };
  });
}

type Sight = Pick<Capabilities, 'images' | 'imageRule'>;

/** Tokens of all images of the messages; none where the model does not see. */
export const tokensOfImages = (messages: readonly Message[], sight: Sight): number =>
  messages
    .flatMap((message) => (message.role === 'user' ? (message.images ?? []) : []))
    .reduce((sum, image) => sum + tokensOfImage(image, sight), 0);

export const tokensOfImage = (size: Pick<ImageRef, 'width' | 'height'>, { images, imageRule = usualRule }: Sight) =>
  images ? imageTokens(size, imageRule) : 0;

const hasImages = (messages: readonly Message[]) => messages.some((one) => one.role === 'user' && one.images);
const unseen = ({ label }: ImageRef) => `(${label} is an image, which you cannot see.)`;
