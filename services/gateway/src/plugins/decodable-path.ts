/** A path with a bad escape is read as it stands, so that an id in it is just one that is not there. */
export function decodablePath({ url = '/' }: { url?: string | undefined }): string {
  if (!url.includes('%')) return url
  try {
    decodeURIComponent(url)
    return url
  } catch {
    return url.replaceAll('%', '%25')
  }
}
