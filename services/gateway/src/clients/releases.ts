import type { SplitService } from '@flashsale/contracts/http/canary.ts'
import type { HttpClient } from '@flashsale/service-kit/http-client.ts'
import { createPeerClient } from '@flashsale/service-kit/peer-client.ts'
import type { Canary } from '../jobs/canary.ts'
import type { Tracks } from './tracks.ts'

type Deps = {
  canary: Pick<Canary, 'tracks'>
  canaryUrls: Record<SplitService, string | undefined>
  timeoutMs: number
}
type Wanted<Client> = {
  stable: HttpClient
  /** `spoil`: an answer that was counted is none; said by clients that don't throw for it. */
  make(http: HttpClient, spoil: () => void): Client
  split(tracks: Tracks<Client>): Client
}

/** A service's client: of the one release there is, with nothing in between, or of two that share its calls. */
export function createReleases({ canary, canaryUrls, timeoutMs }: Deps) {
  const toCanaries: HttpClient[] = []
  return {
    of<Client>(service: SplitService, { stable, make, split }: Wanted<Client>): Client {
      const urls = canaryUrls[service]
      if (urls === undefined) return make(stable, () => {})
      const toCanary = createPeerClient(urls, { peer: `${service}-canary`, timeoutMs })
      toCanaries.push(toCanary)
      return split(canary.tracks(service, { stable, canary: toCanary, timeoutMs, make }))
    },
    close: () => Promise.all(toCanaries.map((http) => http.close())),
  }
}
