"""The choke point around every model call: redacted, limited, journalled, tried again, repaired."""
