// npm's dynamodb-stream, as its README uses it, without unmarshalling: dynamodb-stream.js ENDPOINT TABLE
const { DynamoDBStreams } = require('@aws-sdk/client-dynamodb-streams')
const DynamoDBStream = require('dynamodb-stream')

async function main([endpoint, table]) {
  const client = new DynamoDBStreams({ endpoint })
  const { Streams } = await client.listStreams({ TableName: table })
  const stream = new DynamoDBStream(client, Streams[0].StreamArn, (image) => image)
  let count = 0
  stream.on('modify record', () => { count++ })
  await stream.fetchStreamShards()
  while (Object.keys(stream.getShardState()).length > 0) await stream.fetchStreamRecords()
  console.log(count)
}

main(process.argv.slice(2))
