/** Filled in by the bundler. */
declare const __VERSION__: string;
declare const __MODULE_URL__: string | undefined;
/** The hash of the panel's second part. */
declare const __MORE__: string;
/** The hash of the file with the rarer looks. */
declare const __LOOKS__: string;
declare module '*.css' {
  const text: string;
  export default text;
}
