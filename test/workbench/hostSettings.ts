export type Theme = 'light' | 'dark' | 'hcDark' | 'hcLight';

const themeNames: Record<Theme, string> = {
  light: 'Light Modern',
  dark: 'Dark Modern',
  hcDark: 'Default High Contrast',
  hcLight: 'Default High Contrast Light',
};

/** Settings of the workbench under test: nothing that moves by itself, asks or connects. */
export function hostSettings(options: { trust: boolean; theme?: Theme | undefined }): Record<string, unknown> {
  return {
    'workbench.startupEditor': 'none',
    'workbench.colorTheme': themeNames[options.theme ?? 'dark'],
    'window.autoDetectColorScheme': false,
    'window.autoDetectHighContrast': false,
    'security.workspace.trust.enabled': !options.trust,
    // With trust on the folder stays untrusted: the question would only stand in the way.
    'security.workspace.trust.startupPrompt': 'never',
    'telemetry.telemetryLevel': 'off',
    'update.mode': 'none',
    'extensions.autoUpdate': false,
    'extensions.ignoreRecommendations': true,
    'workbench.enableExperiments': false,
    'workbench.tips.enabled': false,
    'chat.commandCenter.enabled': false,
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'json.schemaDownload.enable': false,
    'typescript.disableAutomaticTypeAcquisition': true,
    // In a browser the editor saves by itself after a second, as it never does on a desktop.
    'files.autoSave': 'off',
  };
}
