/** The public types of the Bursar SDK. This file is shipped as `bursar.d.ts`. */

/** What the server says about one checkout session. Every call answers the whole of it. */
export interface Snapshot {
  session_id: string;
  /** Grows with every change; an older snapshot never replaces a newer one. */
  version: number;
  status:
    | 'ready' | 'requires_action' | 'processing' | 'succeeded'
    | 'failed' | 'expired' | 'cancelled' | 'unknown';
  mode: 'test' | 'live';
  locale: string;
  currency: string;
  merchant: {
    name: string;
    /** The shop, to lead the buyer back to. */
    website?: string | null;
    logo?: { url: string; width: number; height: number } | null;
  };
  /** What is bought, 1 to 50 lines. */
  lines: Line[];
  /** Of the only line, as the five members that follow; `null` (and no SKUs) with several. */
  product: {
    id: string; name: string; description: string; image?: Image | null; options?: Option[];
    /** The description as blocks, ready to draw. */
    description_content?: RichText[];
    /** Facts about it. */
    attributes?: { name: string; value: string }[];
  } | null;
  skus: Sku[];
  sku_id: string | null;
  quantity: number | null;
  quantity_min: number | null;
  quantity_max: number | null;
  unit_price_minor: number | null;
  /** How the total came about, in order. */
  steps: { code: string; text: string; discount_minor: number }[];
  /** What promotions take off, in the order in which they do. */
  discounts: { name: string; why: string; amount_minor: number }[];
  /** All lines at list prices. */
  subtotal_minor: number;
  discount_minor: number;
  total_minor: number;
  currency_exponent: number;
  payment_methods: PaymentMethod[];
  payment_method_id: string | null;
  /** The codes that were entered. `reason` and `text` say why one takes nothing off; `null` when it does. */
  coupons: { code: string; name: string; discount_minor: number; reason: string | null; text: string | null }[];
  /** Whether a code can be entered. */
  coupons_open: boolean;
  /** Only for a buyer of whom the merchant's server said `signed_in`. */
  wallet: { available_minor: number; used_minor: number } | null;
  /** What the buyer is asked for before the order: texts are in the buyer's language. `null`: nothing, or it is ordered. */
  contact: Contact | null;
  agreements: Agreement[];
  action: Action | null;
  error: ServerError | null;
  order_id: string | null;
  /** What the buyer calls the order: on receipts, in mails, at the payment company. */
  order_number: string | null;
  /** Whether `changeOrder` lets the buyer choose again. */
  order_changeable?: boolean;
  /** The receipt as a PDF, once it is paid: an address to go to, not one to fetch. */
  receipt_url?: string | null;
  return_url: string | null;
  hosted_url: string;
  /** What the business chose for its panel; the page's own wishes come first. */
  appearance?: Appearance | null;
  /** Until when it can be paid. */
  expires_at: string;
  /** The time of this answer by the business's clock: count down from here to `expires_at`, not from the buyer's clock. */
  now: string;
  delivered: boolean;
  request_id: string;
}

/** An image to show; it never stands for another one at the same address. */
export interface Image { url: string; alt: string; width: number; height: number }

export interface Line {
  /** Names the line as long as the session lives. */
  key: string;
  sku_id: string;
  product: { id: string; name: string; image?: Image | null };
  /** The SKU's name. */
  name: string;
  /** What may be chosen for this line, its own SKU among them. */
  skus: Sku[];
  quantity: number;
  quantity_min: number;
  quantity_max: number;
  unit_price_minor: number;
  /** At the list price. */
  subtotal_minor: number;
  /** This line's share of all discounts. */
  discount_minor: number;
  total_minor: number;
  /** Whether this quantity can be bought now. */
  available: boolean;
  /** Whether the buyer may take the line out. */
  removable?: boolean;
}

export interface Sku {
  id: string; name: string; unit_price_minor: number; available: boolean;
  /** A value for each of the product's options, by its name. */
  specification?: Record<string, string>;
}

/** What there is to choose between: a SKU has one of the values. */
export interface Option { name: string; values: string[] }

export interface PaymentMethod {
  id: string; name: string; title: string; scene: string; available: boolean; reason: string | null;
}

export interface Agreement {
  id: string; code: string; version: number | string; title: string; body: string; locale: string; hash: string;
  /** The body's blocks, ready to draw: its little Markdown is read, and nothing in it is markup. */
  content: RichText[];
}

/** A text, or `[tag, ...children]`; `['a', address, ...children]`, `['ol', firstNumber, ...items]`. */
export type RichText = string | RichNode;
export interface RichNode extends Array<string | number | RichNode> {}

export interface Action {
  type: 'redirect' | 'qr' | 'app' | 'instructions';
  /** Where the buyer goes; with `instructions` nowhere. */
  url?: string;
  /** With `app`, in place of a URL: what the app that shows this page wants to hear (WeChat's own browser). */
  params?: Record<string, string>;
  /** With `instructions`: what to write into the transfer's purpose, and the bank details by name. */
  reference?: string;
  details?: Record<string, string>;
  content?: string;
  /** SVG path data of the code, in a square of `content_svg_size` units. */
  content_svg_path?: string;
  content_svg_size?: number;
}

export interface ServerError { code: string; type: string; message: string; retryable: boolean }

export interface BursarError {
  code: string;
  type: 'buyer' | 'channel' | 'network' | 'config' | 'api' | 'sdk';
  /** In the language of the panel. */
  message: string;
  retryable: boolean;
  docUrl: string;
  requestId: string | null;
  param: string | null;
  /** In test mode, where the page's developer fixes what keeps the panel from being shown. */
  fix?: { url: string; label: string };
}

export type Status =
  | 'idle' | 'loading' | 'load_failed' | 'ready' | 'editing' | 'confirming'
  | 'requires_action' | 'redirecting' | 'showing_qr' | 'awaiting_app'
  | 'processing' | 'succeeded' | 'failed' | 'expired' | 'cancelled' | 'unknown' | 'offline';

/** A frozen view of the checkout; a new object after every change. */
export interface CheckoutState {
  readonly status: Status;
  readonly session: Snapshot | null;
  readonly error: BursarError | null;
  /** Ids of the agreements the buyer has ticked. */
  readonly accepted: readonly string[];
  /** Whether the buyer's wallet is used; the payment method pays the rest. */
  readonly usesWallet: boolean;
  /** What the buyer has requested and the server has not yet answered. */
  readonly pending: Readonly<SelectionPatch>;
  readonly canConfirm: boolean;
  /** Status is no longer watched: the buyer has to press "Check again". */
  readonly stalled: boolean;
}

export interface SelectionPatch { sku_id?: string; quantity?: number; payment_method_id?: string; lines?: LineChange[] }

/** A quantity of 0 takes the line out. */
export interface LineChange { key: string; sku_id?: string; quantity?: number }

export type Result =
  | { type: 'success'; session: Snapshot }
  | { type: 'error'; error: BursarError };

/** What there is for this cart: usable ones that save most first, and those that together take off most. */
export interface Coupons {
  usable: (Coupon & { discount_minor: number })[];
  /** `why` is the reason in words. */
  unusable: (Coupon & { reason: string; why: string })[];
  best: string[];
  best_discount_minor: number;
}

/** `text` says what it gives. */
export interface Coupon { code: string; name: string; text: string; is_applied: boolean; expires_at: string | null }

export interface Actions {
  selectSku(id: string): Promise<Result>;
  setQuantity(quantity: number): Promise<Result>;
  /** Another quantity or SKU for one line of a cart. */
  updateLine(key: string, change: { quantity?: number; sku_id?: string }): Promise<Result>;
  /** The last line stays: cancel the checkout instead. */
  removeLine(key: string): Promise<Result>;
  applyCoupon(code: string): Promise<Result>;
  removeCoupon(code: string): Promise<Result>;
  pickBestCoupons(): Promise<Result>;
  /** Which coupons there are for this cart, usable or not. */
  listCoupons(): Promise<{ type: 'success'; coupons: Coupons } | { type: 'error'; error: BursarError }>;
  selectPaymentMethod(id: string): Promise<Result>;
  /** Local until the buyer confirms. */
  useWallet(use: boolean): Result;
  /** Sets what the buyer is asked for, sends a code to the address, or takes it. */
  setContact(contact: ContactChange): Promise<Result>;
  /** Local until the buyer confirms: text version and hash go with the confirmation. */
  acceptAgreement(id: string, accepted?: boolean): Result;
  /** Asks for payment. Never throws; a second call while one is in flight answers `confirm_in_flight`. */
  confirm(options?: { redirect?: 'always' | 'if_required' }): Promise<Result>;
  /** Goes (again) to the payment page of an attempt that waits for the buyer. */
  resumeAction(): Result;
  /** After a payment failed: closes the order that was placed, and its goods and coupons can be chosen again. */
  changeOrder(): Promise<Result>;
  cancel(): Promise<Result>;
  refresh(): Promise<Result>;
  /** Runs the merchant's own server call, then fetches the new price; paying is blocked meanwhile. */
  runServerUpdate(fn: () => Promise<unknown>): Promise<Result>;
}

export type EventType =
  | 'ready' | 'change' | 'paymentmethodchange' | 'quantitychange' | 'agreementchange'
  | 'beforeconfirm' | 'confirm' | 'requiresaction' | 'redirect' | 'processing'
  | 'success' | 'failure' | 'expired' | 'cancel' | 'close' | 'loaderror' | 'error' | 'plugin_error' | 'analytics';

export interface CheckoutEvent {
  readonly type: EventType;
  readonly sessionId: string | null;
  readonly orderId: string | null;
  readonly state: CheckoutState;
  readonly error: BursarError | null;
  /** Only with `redirect`. To the hosted page it opens the session: keep it to yourself. */
  readonly url?: string;
  /** Only with `analytics`. */
  readonly step?: AnalyticsStep;
  readonly defaultPrevented: boolean;
  /** Stops the default action of `beforeconfirm`, `redirect`, `success` and `close`. */
  preventDefault(): void;
}

/** One step on the way to a payment. It names no person and nothing that is bought, and may be sent on as it is. */
export interface AnalyticsStep {
  /** The event: every one but `change` and `beforeconfirm`. */
  name: EventType;
  /** Counts from 1, within this checkout on this page. */
  number: number;
  /** Since the checkout was made. */
  elapsedMs: number;
  sessionId: string | null;
  status: Status;
  /** The scene of the selected payment method: `web`, `qr`, `app`, … */
  scene: string | null;
  errorCode: string | null;
  /** A listener has stopped what would have come next. */
  stopped: boolean;
}

export type Listener = (event: CheckoutEvent) => void;

/** One replaceable part of the panel. A plugin that throws is reported and the default part is shown. */
export interface Plugin {
  name: string;
  slot: Slot;
  render(container: HTMLElement, state: CheckoutState, actions: Actions): void;
  onState?(state: CheckoutState): void;
}

/** Something that the buyer is asked for: `email`, `phone`, or the merchant's own field by its key. */
export interface ContactField {
  key: string;
  kind: 'email' | 'phone' | 'text' | 'choice' | 'number' | 'date';
  label: string;
  hint: string;
  required: boolean;
  value: string;
  choices: string[];
}

/** How the buyer proves the mailbox: `code_sent` while a code counts. */
export interface ContactVerification {
  status: 'unproven' | 'code_sent' | 'proven';
  text: string;
  send: string;
  code_label: string;
  confirm: string;
}

export interface Contact {
  fields: ContactField[];
  verification: ContactVerification | null;
  optional: string;
  choose: string;
}

/** What the buyer says: values by key, a code to be sent to the address, or the code that came. */
export interface ContactChange {
  values?: Record<string, string>;
  send_code?: boolean;
  code?: string;
}

export type Slot = 'product' | 'quantity' | 'cart' | 'coupons' | 'wallet' | 'payment-methods' | 'agreement' | 'button' | 'status';

export interface Appearance {
  /** `auto` follows the page's `color-scheme`; so do `flat`, `minimal` and `contrast`. `night` is dark, `paper` light. */
  theme?: 'auto' | 'light' | 'dark' | 'flat' | 'night' | 'minimal' | 'paper' | 'contrast';
  density?: 'normal' | 'compact' | 'spacious';
  /** Where the names of choices stand; `hidden` leaves them to screen readers. */
  labels?: 'above' | 'beside' | 'hidden';
  disableAnimations?: boolean;
  variables?: Partial<Record<AppearanceVariable, string>>;
  /** Colours that are others in the dark. */
  variablesDark?: Partial<Record<AppearanceVariable, string>>;
  /** By part and state, such as `.Button:hover`: properties of how it looks. */
  rules?: Record<string, Record<string, string>>;
}

export type AppearanceVariable =
  | 'colorPrimary' | 'colorPrimaryText' | 'colorBackground' | 'colorBackgroundSecondary' | 'colorText' | 'colorTextSecondary'
  | 'colorTextPlaceholder' | 'colorLink' | 'colorBorder' | 'colorDanger' | 'colorSuccess' | 'colorWarning' | 'colorBackdrop'
  | 'iconColor' | 'fontFamily' | 'fontSizeBase' | 'fontSizeSm' | 'fontSizeLg' | 'fontSizeXl' | 'fontLineHeight'
  | 'fontWeightNormal' | 'fontWeightMedium' | 'fontWeightBold' | 'spacingUnit' | 'gridRowSpacing' | 'pickerItemSpacing'
  | 'pickerBorderRadius' | 'borderRadius' | 'buttonColorBackground' | 'buttonColorText' | 'buttonBorderRadius' | 'buttonHeight'
  | 'panelBorderRadius' | 'panelBoxShadow' | 'panelMaxWidth' | 'focusOutline' | 'focusBoxShadow';

/** One of `clientSecret`, `fetchClientSecret` and `configuration`. */
export interface SessionOptions {
  clientSecret?: string;
  /** Asks your own server, which opens a session. */
  fetchClientSecret?: () => Promise<string>;
  /** The id of a checkout configuration (`cfg_…`): Bursar opens a session for it, and no server of yours is needed. */
  configuration?: string;
  /** Where a paid buyer is sent by default; the session's own return URL otherwise. On one of your allowed origins. */
  returnUrl?: string;
  /** The page that shows the checkout, where buyers return to by default; its own address by default. */
  pageUrl?: string;
  locale?: string;
  /** After so long without an answer the checkout is `load_failed`, with `load_timeout`; 15 s by default. */
  loadTimeoutMs?: number;
  /** Leads the buyer to another page; `location.assign` by default. */
  navigate?: (url: string) => void;
}

export interface CheckoutOptions extends SessionOptions {
  /** In the page, in a dialog over it, or on the hosted page. */
  mode?: 'inline' | 'modal' | 'redirect';
  appearance?: Appearance;
  plugins?: Plugin[];
}

/** What every way of using a checkout has. */
export interface CheckoutHandle {
  readonly state: CheckoutState;
  readonly actions: Actions;
  /** Called now and after every change, until the function it answers is called. */
  subscribe(subscriber: (state: CheckoutState) => void): () => void;
  /** The first snapshot. Rejects with a `BursarError` (`load_timeout`, …); called again after a retry, it may resolve. */
  whenReady(): Promise<Snapshot>;
  on(type: EventType, listener: Listener): this;
  once(type: EventType, listener: Listener): this;
  off(type: EventType, listener: Listener): this;
  /** Ends it: no more requests, events or display. A payment that has started continues. */
  destroy(): void;
}

export interface Checkout extends CheckoutHandle {
  /** Shows the panel in an element; in the other modes, the same as `open`. */
  mount(target?: string | HTMLElement): this;
  /** Shows the dialog, or goes to the hosted page. `opener` gets the focus back. */
  open(opener?: HTMLElement): this;
  /** Takes the panel or the dialog away, unless a listener of `close` prevents it. */
  close(): this;
  update(options: { appearance?: Appearance; locale?: string }): this;
  unmount(): this;
}

/** For `openCheckout` of `@bursar/sdk/core`. */
export interface HeadlessOptions extends SessionOptions {
  /** Needed with `configuration`. */
  publishableKey?: string;
  /** The address of the Bursar server. */
  apiBase?: string;
  onLog?: BursarOptions['onLog'];
  /** Asks the app that shows the page (WeChat) to take the payment. */
  askApp?: (params: Record<string, string>) => void;
}

export interface BursarOptions { apiBase?: string; locale?: string; onLog?: (entry: { level: string; message: string }) => void }

export interface BursarInstance { checkout(options: CheckoutOptions): Checkout }

export interface BursarFactory {
  (publishableKey: string, options?: BursarOptions): BursarInstance;
  /** The session the buyer comes back from, once taken out of the address; `null` on any other visit. */
  getRedirectResult(): { sessionId: string; status: string } | null;
  readonly version: string;
}

export const Bursar: BursarFactory;
export default Bursar;
