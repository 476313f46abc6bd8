// The whole page: the list of sessions, or one session's picture.

export function Page({ path }: { readonly path: string }) {
  return <main aria-label="arras-render">{path}</main>;
}
