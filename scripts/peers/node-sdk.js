// A loop over the Node SDK, page after page: node-sdk.js ENDPOINT TABLE
const { DynamoDBStreams } = require('@aws-sdk/client-dynamodb-streams')

async function main([endpoint, table]) {
  const client = new DynamoDBStreams({ endpoint })
  const { Streams } = await client.listStreams({ TableName: table })
  const { StreamArn } = Streams[0]
  const { StreamDescription } = await client.describeStream({ StreamArn })
  let count = 0
  for (const { ShardId } of StreamDescription.Shards) {
    let { ShardIterator } = await client.getShardIterator({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' })
    while (ShardIterator) {
      const page = await client.getRecords({ ShardIterator })
      count += page.Records.length
      ShardIterator = page.NextShardIterator
    }
  }
  console.log(count)
}

main(process.argv.slice(2))
