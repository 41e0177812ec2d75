/**
 * What an appearance may name. The server has the same tables (`app/domain/business/appearance`), a test compares them.
 */

/** Parts of the panel that a rule may name, and where they are. */
export const PARTS = {
  Panel: '',
  Header: '.bursar-head',
  Merchant: '.bursar-merchant',
  Badge: '.bursar-badge',
  ProductName: '.bursar-product-name',
  ProductText: '.bursar-product-text',
  Image: '.bursar-image',
  Label: '.bursar-label',
  Hint: '.bursar-hint',
  Option: '.bursar-option',
  PaymentMethod: '.bursar-payment-method',
  PaymentMethodIcon: '.bursar-payment-method .bursar-icon',
  Stepper: '.bursar-stepper',
  Input: ':is(.bursar-code-input,.bursar-select,.bursar-quantity-input)',
  Checkbox: '.bursar-checkbox',
  Coupon: '.bursar-coupon',
  Summary: '.bursar-lines',
  Line: '.bursar-line',
  Total: '.bursar-line-total',
  Link: '.bursar-link',
  Button: '.bursar-pay',
  PrimaryButton: '.bursar-act-primary',
  SecondaryButton: '.bursar-act-secondary',
  Alert: '.bursar-alert',
  Scene: '.bursar-scene',
  SceneTitle: '.bursar-scene-title',
  SceneText: '.bursar-scene-text',
  SceneMark: '.bursar-mark',
  Code: '.bursar-code-frame',
  Dialog: '.bursar-dialog',
  Footer: '.bursar-foot',
};

/** States of a part, written behind its name. */
export const STATES = {
  '--selected': ':has(:checked)',
  '--invalid': ':is([aria-invalid="true"],[data-invalid] *)',
  '--busy': '.bursar-is-busy',
  ':hover': ':hover',
  ':focus': ':is(:focus-visible,:has(:focus-visible))',
  ':active': ':active',
  ':disabled': ':is(:disabled,[aria-disabled="true"],:has(:disabled))',
  '::placeholder': '::placeholder',
};

/** Properties that a rule may set: how a part looks, never whether or where it is there. */
export const PROPERTIES = [
  'backgroundColor', 'border', 'borderBottom', 'borderColor', 'borderRadius', 'borderStyle', 'borderTop', 'borderWidth',
  'boxShadow', 'color', 'fill', 'fontFamily', 'fontSize', 'fontStyle', 'fontVariantNumeric', 'fontWeight', 'gap',
  'letterSpacing', 'lineHeight', 'marginBlock', 'maxWidth', 'minHeight', 'outline', 'outlineOffset', 'padding',
  'paddingBlock', 'paddingInline', 'stroke', 'strokeWidth', 'textAlign', 'textDecoration', 'textShadow', 'textTransform',
  'textUnderlineOffset', 'transition',
];
