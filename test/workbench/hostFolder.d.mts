/** Folder of the npm workbench: DEVSTRAL_TEST_HOST, else one in the user's cache that all checkouts share. */
export function hostFolder(): string;
