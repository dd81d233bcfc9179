declare const DEVSTRAL_VERSION: string;

/** Version of the package, put in by the bundler. */
export const version: string = typeof DEVSTRAL_VERSION === 'string' ? DEVSTRAL_VERSION : '0.0.0';
