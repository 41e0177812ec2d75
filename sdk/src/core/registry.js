/**
 * Replaceable parts. A plugin that throws is reported once and its slot shows the default part from then on.
 *
 * @typedef {import('../types').Plugin} Plugin
 * @typedef {import('../types').Slot} Slot
 */

/** @type {readonly Slot[]} */
export const SLOTS = ['product', 'quantity', 'cart', 'coupons', 'wallet', 'payment-methods', 'agreement', 'button', 'status'];

/**
 * @param {readonly Plugin[]} plugins the first one for a slot wins
 * @param {(plugin: Plugin, error: unknown) => void} report
 */
export function createRegistry(plugins, report) {
  /** @type {Map<Slot, Plugin>} */
  const bySlot = new Map();
  for (const plugin of Array.isArray(plugins) ? plugins : []) {
    if (SLOTS.includes(plugin?.slot) && !bySlot.has(plugin.slot)) bySlot.set(plugin.slot, plugin);
  }

  return {
    /** @param {Slot} slot */
    has: (slot) => bySlot.has(slot),
    /**
     * Runs the plugin of a slot.
     * @param {Slot} slot
     * @param {(plugin: Plugin) => void} use
     * @returns {boolean} false when there is none, or when it has just failed
     */
    run(slot, use) {
      const plugin = bySlot.get(slot);
      if (!plugin) return false;
      try {
        use(plugin);
        return true;
      } catch (error) {
        bySlot.delete(slot);
        report(plugin, error);
        return false;
      }
    },
  };
}

/** @typedef {ReturnType<typeof createRegistry>} Registry */
