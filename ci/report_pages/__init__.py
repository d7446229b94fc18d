"""Makes pages of what a campaign or a night did: HTML for people, JUnit XML and SARIF for CI."""
