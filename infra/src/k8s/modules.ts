/** What is taken from Go's module proxy, by version and by the hash that `go mod download` prints. */
export type Module = { path: string; version: string; sum: string }

export const kubernetes: Module = {
  path: 'k8s.io/kubernetes',
  version: 'v1.36.3',
  sum: 'h1:qDQdoMiluAE2Eab6Fa52YV+WjiGz9mZFFoagEA6cI+o=',
}
export const kubeconform: Module = {
  path: 'github.com/yannh/kubeconform',
  version: 'v0.8.0',
  sum: 'h1:loDYd3a3spjIFrauqW67CDKF55Oo9R6uvC8AvpVd4ug=',
}
export const kwok: Module = {
  path: 'sigs.k8s.io/kwok',
  version: 'v0.8.0',
  sum: 'h1:OTIOTwgROqPMovcTwxICx2eYQ4AwLpSx5EpjbDKF4SQ=',
}

/** Resources that are not Kubernetes' own: each from the module of those who made it. */
export const resourceModules: (Module & { files: string })[] = [
  {
    path: 'github.com/kedacore/keda/v2',
    version: 'v2.17.2',
    sum: 'h1:xlrcK5TKABJF9PebK79sgL07s/csGjL3H4m72OkZXxk=',
    files: 'config/crd/bases/keda.sh_{scaledobjects,triggerauthentications}.yaml',
  },
  {
    path: 'github.com/external-secrets/external-secrets',
    version: 'v0.16.2',
    sum: 'h1:iNY+gIgSyL5higXTfnz+hdPCaiB/43UiHLqE7HBpj68=',
    files: 'config/crds/bases/external-secrets.io_externalsecrets.yaml',
  },
  {
    path: 'sigs.k8s.io/gateway-api',
    version: 'v1.6.3',
    sum: 'h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=',
    files: 'config/crd/standard/gateway.networking.k8s.io_{gateways,httproutes}.yaml',
  },
  {
    path: 'github.com/cloudnative-pg/cloudnative-pg',
    version: 'v1.27.1',
    sum: 'h1:w+bbtXyEPoaa7sZGXxbb8qJ+/bUGWQ3M48kbNUEpKlk=',
    files: 'config/crd/bases/postgresql.cnpg.io_{clusters,databases,scheduledbackups}.yaml',
  },
]
