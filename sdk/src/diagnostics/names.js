/** The names that a page may use. A test compares them with the types. */

export const BURSAR_OPTIONS = ['apiBase', 'locale', 'onLog'];

export const OPTIONS = [
  'clientSecret', 'fetchClientSecret', 'configuration', 'returnUrl', 'pageUrl', 'locale', 'loadTimeoutMs', 'navigate', 'mode', 'appearance', 'plugins',
];

export const MODES = ['inline', 'modal', 'redirect'];

export const APPEARANCE = ['theme', 'density', 'labels', 'disableAnimations', 'variables', 'variablesDark', 'rules'];

export const THEMES = ['auto', 'light', 'dark', 'flat', 'night', 'minimal', 'paper', 'contrast'];

export const DENSITIES = ['normal', 'compact', 'spacious'];

export const LABELS = ['above', 'beside', 'hidden'];

export const VARIABLES = [
  'colorPrimary', 'colorPrimaryText', 'colorBackground', 'colorBackgroundSecondary', 'colorText', 'colorTextSecondary',
  'colorTextPlaceholder', 'colorLink', 'colorBorder', 'colorDanger', 'colorSuccess', 'colorWarning', 'colorBackdrop', 'iconColor',
  'fontFamily', 'fontSizeBase', 'fontSizeSm', 'fontSizeLg', 'fontSizeXl', 'fontLineHeight', 'fontWeightNormal', 'fontWeightMedium',
  'fontWeightBold', 'spacingUnit', 'gridRowSpacing', 'pickerItemSpacing', 'pickerBorderRadius', 'borderRadius', 'buttonColorBackground',
  'buttonColorText', 'buttonBorderRadius', 'buttonHeight', 'panelBorderRadius', 'panelBoxShadow', 'panelMaxWidth', 'focusOutline',
  'focusBoxShadow',
];

export const EVENTS = [
  'ready', 'change', 'paymentmethodchange', 'quantitychange', 'agreementchange', 'beforeconfirm', 'confirm', 'requiresaction', 'redirect',
  'processing', 'success', 'failure', 'expired', 'cancel', 'close', 'loaderror', 'error', 'plugin_error', 'analytics',
];

export const SLOTS = ['product', 'quantity', 'cart', 'coupons', 'wallet', 'payment-methods', 'agreement', 'button', 'status'];
