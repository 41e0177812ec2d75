/**
 * Opens the payment over the page, inside WeChat. What became of it is the server's to say, whatever the app reports.
 * @param {Record<string, string>} params
 */
export function payInWeChat(params) {
  const { WeixinJSBridge: bridge } = /** @type {any} */ (window);
  if (bridge) bridge.invoke('getBrandWCPayRequest', params, () => undefined);
  else document.addEventListener('WeixinJSBridgeReady', () => payInWeChat(params), { once: true });
}
