/** The public types of `@bursar/sdk/react`. This file is shipped as `react.d.ts`. */
import type { BursarOptions, Checkout, CheckoutEvent, CheckoutOptions, CheckoutState } from '../types.js';
import type { CSSProperties, DetailedHTMLProps, HTMLAttributes, ReactElement } from 'react';

type Heard = (event: CheckoutEvent) => void;

/** Each event of a checkout as a property. Of a listener that changes, the latest is called. */
export interface CheckoutListeners {
  onReady?: Heard; onChange?: Heard; onPaymentMethodChange?: Heard; onQuantityChange?: Heard; onAgreementChange?: Heard;
  onBeforeConfirm?: Heard; onConfirm?: Heard; onRequiresAction?: Heard; onRedirect?: Heard; onProcessing?: Heard;
  onSuccess?: Heard; onFailure?: Heard; onExpired?: Heard; onCancel?: Heard; onClose?: Heard; onLoadError?: Heard;
  onError?: Heard; onPluginError?: Heard; onAnalytics?: Heard;
}

export interface BursarCheckoutOptions extends CheckoutOptions, CheckoutListeners {
  publishableKey: string;
  /** The address of the Bursar server. */
  apiBase?: string;
  onLog?: BursarOptions['onLog'];
}

export interface BursarCheckoutProps extends BursarCheckoutOptions {
  id?: string;
  className?: string;
  style?: CSSProperties;
}

/** The panel in the page, from mount to unmount. */
export function BursarCheckout(props: BursarCheckoutProps): ReactElement;

/** A checkout of your own, for a dialog (`mode: 'modal'`) or a panel that you draw: `null` at first and on a server. */
export function useBursarCheckout(options: BursarCheckoutOptions): Checkout | null;

/** What the checkout shows now; `null` without one. */
export function useCheckoutState(checkout: Checkout | null): CheckoutState | null;

/** A part of the panel as an element of the page; it shows `checkout`. */
type Part = DetailedHTMLProps<HTMLAttributes<HTMLElement> & { checkout?: Checkout | null }, HTMLElement>;

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'bursar-product': Part;
      'bursar-options': Part;
      'bursar-quantity': Part;
      'bursar-cart': Part;
      'bursar-coupons': Part;
      'bursar-change': Part;
      'bursar-summary': Part;
      'bursar-wallet': Part;
      'bursar-payment-methods': Part;
      'bursar-agreement': Part;
      'bursar-button': Part;
      'bursar-status': Part;
    }
  }
}
