import kafkajs from 'kafkajs'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

// Node does not find these names in a module of CommonJS.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

const User = z.object({
  kind: z.literal('KafkaUser'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    authentication: z.object({ type: z.literal('scram-sha-512') }),
    authorization: z.object({
      type: z.literal('simple'),
      acls: z.array(
        z.strictObject({
          resource: z.strictObject({
            type: z.enum(['topic', 'group']),
            name: z.string(),
            patternType: z.enum(['literal', 'prefix']).default('literal'),
          }),
          operations: z.array(z.enum(['Describe', 'Read', 'Write', 'Delete'])),
        }),
      ),
    }),
  }),
})
const Topic = z.object({
  kind: z.literal('KafkaTopic'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({ partitions: z.number() }),
})

const operationOf = {
  Describe: AclOperationTypes.DESCRIBE,
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Delete: AclOperationTypes.DELETE,
}
const typeOf = { topic: AclResourceTypes.TOPIC, group: AclResourceTypes.GROUP }
const patternOf = { literal: ResourcePatternTypes.LITERAL, prefix: ResourcePatternTypes.PREFIXED }

const documents = (yaml: string) => parseAllDocuments(yaml).map((one) => one.toJS())
export const usersOf = (yaml: string) => documents(yaml).map((one) => User.parse(one))

/** The operator's documents, in the words of Kafka's own protocol. */
export function accessOf(users: string, topics: string) {
  const acls = usersOf(users).flatMap(({ metadata, spec }) =>
    spec.authorization.acls.flatMap(({ resource, operations }) =>
      operations.map((operation) => ({
        principal: `User:${metadata.name}`,
        host: '*',
        resourceType: typeOf[resource.type],
        resourceName: resource.name,
        resourcePatternType: patternOf[resource.patternType],
        operation: operationOf[operation],
        permissionType: AclPermissionTypes.ALLOW,
      })),
    ),
  )
  const made = documents(topics).map((one) => Topic.parse(one))
  return {
    acls,
    topics: made.map(({ metadata, spec }) => {
      return { topic: metadata.name, numPartitions: spec.partitions }
    }),
  }
}
