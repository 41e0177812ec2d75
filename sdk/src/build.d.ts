/** Filled in by the bundler. */
declare const __VERSION__: string;
declare const __MODULE_URL__: string | undefined;
declare module '*.css' {
  const text: string;
  export default text;
}
