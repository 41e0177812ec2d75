/** The types of `frame.js`: the panel in a frame. This file is shipped as `frame.d.ts`. */

import type { Appearance, Status } from './bursar.js';

export interface FrameOptions {
  /** Either of the two. */
  clientSecret?: string;
  fetchClientSecret?: () => Promise<string>;
  /** The server this script came from, unless a bundler packed it. */
  apiBase?: string;
  locale?: string;
  appearance?: Appearance;
  /** What screen readers call the frame; "Checkout" by default. */
  title?: string;
  /** 15,000 by default. */
  loadTimeoutMs?: number;
  onLog?: (entry: { level: string; message: string }) => void;
}

export type FrameEventType =
  | 'ready' | 'change' | 'confirm' | 'requiresaction' | 'leave' | 'processing' | 'success' | 'failure' | 'expired' | 'cancel'
  | 'loaderror' | 'error';

export interface FrameEvent {
  readonly type: string;
  readonly sessionId: string | null;
  readonly orderId: string | null;
  readonly status: Status | null;
  /** Of the error, when there is one. */
  readonly code: string | null;
  readonly defaultPrevented: boolean;
  /** With `leave`: the page stays; `frame.leave()` does it later. */
  preventDefault(): void;
}

export interface BursarFrameInstance {
  mount(target: string | HTMLElement): BursarFrameInstance;
  unmount(): BursarFrameInstance;
  update(options: { appearance?: Appearance; locale?: string }): BursarFrameInstance;
  /** Leads the whole page to where the frame wanted to, after `leave` was prevented. */
  leave(): void;
  on(type: FrameEventType, listener: (event: FrameEvent) => void): BursarFrameInstance;
  off(type: FrameEventType, listener: (event: FrameEvent) => void): BursarFrameInstance;
}

export function BursarFrame(options: FrameOptions): BursarFrameInstance;
